import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jmxAgent, kafkaArchive, kafkaLib } from '../../setup/tools.mjs';

/** A node of the local cluster. Each node is both broker and controller. */
export interface BrokerNode {
  readonly id: number;
  readonly port: number;
  readonly controllerPort: number;
  /** Where its JMX agent serves metrics. Without it, the broker has no agent. */
  readonly metricsPort?: number;
}

// Three brokers share a laptop with the whole platform: small heap, one compiler tier, one collector thread.
// No performance data file, since a killed JVM leaves it in the temporary folder.
const jvm = ['-Xms64m', '-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1', '-XX:-UsePerfData'];

const log4j = `-Dlog4j2.configurationFile=${path.join(import.meta.dirname, 'log4j2.properties')}`;
const classPath = ['-cp', path.join(kafkaLib, '*')];

/** Broker settings, by their Kafka names. */
type Properties = Readonly<Record<string, string | number | boolean>>;

/**
 * The properties of `node` in a cluster of `nodes`: replication as on MSK, timeouts short enough for a
 * failover in seconds.
 */
function propertiesOf(
  node: BrokerNode,
  nodes: readonly BrokerNode[],
  dataDir: string,
  overrides: Properties,
): string {
  const replication = Math.min(3, nodes.length);
  const minInSync = Math.max(1, replication - 1);
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': node.id,
    'controller.quorum.voters': nodes
      .map(({ id, controllerPort }) => `${id}@127.0.0.1:${controllerPort}`)
      .join(','),
    'controller.listener.names': 'CONTROLLER',
    listeners: `PLAINTEXT://127.0.0.1:${node.port},CONTROLLER://127.0.0.1:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://127.0.0.1:${node.port}`,
    'listener.security.protocol.map': 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAINTEXT',
    'log.dirs': dataDir,
    'auto.create.topics.enable': false,
    'default.replication.factor': replication,
    'min.insync.replicas': minInSync,
    'offsets.topic.replication.factor': replication,
    'offsets.topic.num.partitions': 10,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': 5,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': minInSync,
    'group.initial.rebalance.delay.ms': 0,
    'num.network.threads': 2,
    'num.io.threads': 4,
    'log.segment.bytes': 268_435_456,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
    'log.cleaner.threads': 1,
    'controller.quorum.append.linger.ms': 0,
    'controller.quorum.election.timeout.ms': 300,
    'broker.session.timeout.ms': 3_000,
    'broker.heartbeat.interval.ms': 1_000,
    // A follower waits longer for records that do not come. Records that come end the wait at once.
    'replica.fetch.wait.max.ms': 2_000,
    // Otherwise the controller writes a record each half second, for all nodes to read, when nothing happens.
    'metadata.max.idle.interval.ms': 5_000,
    'leader.imbalance.check.interval.seconds': 10,
    ...overrides,
  })
    .map(([key, value]) => `${key}=${value}\n`)
    .join('');
}

/**
 * Writes the configuration of `node` below `dir`, and returns the JVM arguments to format its disk and to run
 * it.
 */
export function prepareBroker(
  node: BrokerNode,
  nodes: readonly BrokerNode[],
  dir: string,
  overrides: Properties = {},
) {
  const home = path.join(dir, `broker-${node.id}`);
  mkdirSync(home, { recursive: true });
  const properties = path.join(home, 'server.properties');
  writeFileSync(properties, propertiesOf(node, nodes, path.join(home, 'data'), overrides));
  // The JVM unpacks native code here. Below `dir` it is removed even if the JVM is killed.
  const tmp = path.join(home, 'tmp');
  mkdirSync(tmp, { recursive: true });
  const options = [...jvm, `-Djava.io.tmpdir=${tmp}`];
  const archive = existsSync(kafkaArchive) ? [`-XX:SharedArchiveFile=${kafkaArchive}`, '-Xshare:auto'] : [];
  return {
    home,
    format: [
      ...options,
      ...archive,
      log4j,
      ...classPath,
      'kafka.tools.StorageTool',
      'format',
      '-t',
      clusterIdIn(dir),
      '-c',
      properties,
    ],
    run: [...options, ...archive, ...agentOf(node), log4j, ...classPath, 'kafka.Kafka', properties],
    runAndArchive: [
      ...options,
      `-XX:ArchiveClassesAtExit=${kafkaArchive}`,
      log4j,
      ...classPath,
      'kafka.Kafka',
      properties,
    ],
  };
}

/**
 * The id of the cluster with its data below `dir`, chosen by its first node. A cluster without data is
 * another one: its ARN and so its offsets in the ledger begin anew.
 */
function clusterIdIn(dir: string): string {
  const file = path.join(dir, 'cluster-id');
  if (!existsSync(file)) writeFileSync(file, newClusterId());
  return readFileSync(file, 'utf8');
}

/** 16 bytes in Kafka's form. The first bit is 0, or a `-` in front would be read as an option. */
function newClusterId(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8() & 0x7f);
  return bytes.toString('base64url');
}

/** @see https://github.com/prometheus/jmx_exporter */
const agentOf = ({ metricsPort }: BrokerNode): string[] =>
  metricsPort === undefined
    ? []
    : [`-javaagent:${jmxAgent}=127.0.0.1:${metricsPort}:${path.join(import.meta.dirname, 'jmx/jmx.yml')}`];
