import { randomBytes } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jmxAgent, kafkaArchive, kafkaBootstrap, kafkaLib } from '../../setup/tools.mjs';

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

// By default each JVM maps the archive to a random address, and so has 20 MB of its own of what three could
// share. It is an option for diagnosis, which another JVM may not have.
const sharedArchive = [
  '-XX:+IgnoreUnrecognizedVMOptions',
  '-XX:+UnlockDiagnosticVMOptions',
  '-XX:ArchiveRelocationMode=0',
  `-XX:SharedArchiveFile=${kafkaArchive}`,
  '-Xshare:auto',
];

const log4j = `-Dlog4j2.configurationFile=${path.join(import.meta.dirname, 'log4j2.properties')}`;
const classPath = ['-cp', path.join(kafkaLib, '*')];

// Of Kafka's KRaft: the first records of a cluster, which set its features.
const metadataLog = '__cluster_metadata-0';
const bootstrapRecords = path.join(metadataLog, '00000000000000000000-0000000000.checkpoint');

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

/** Writes the configuration of `node` below `dir`. */
function configure(node: BrokerNode, nodes: readonly BrokerNode[], dir: string, overrides: Properties) {
  const home = path.join(dir, `broker-${node.id}`);
  const data = path.join(home, 'data');
  const properties = path.join(home, 'server.properties');
  // The JVM unpacks native code here. Below `dir` it is removed even if the JVM is killed.
  const tmp = path.join(home, 'tmp');
  mkdirSync(tmp, { recursive: true });
  writeFileSync(properties, propertiesOf(node, nodes, data, overrides));
  return { home, data, properties, options: [...jvm, `-Djava.io.tmpdir=${tmp}`] };
}

/**
 * Writes the configuration of `node` and its empty disk below `dir`, and returns the JVM arguments to run it.
 * Kafka's own tool to format a disk is a JVM of 0.9 s of CPU time, for what is the same on each node.
 */
export function prepareBroker(
  node: BrokerNode,
  nodes: readonly BrokerNode[],
  dir: string,
  overrides: Properties = {},
) {
  const { home, data, properties, options } = configure(node, nodes, dir, overrides);
  mkdirSync(path.join(data, metadataLog), { recursive: true });
  writeFileSync(
    path.join(data, 'meta.properties'),
    `version=1\ncluster.id=${clusterIdIn(dir)}\nnode.id=${node.id}\ndirectory.id=${newId()}\n`,
  );
  copyFileSync(kafkaBootstrap, path.join(data, bootstrapRecords));
  return {
    home,
    run: [...options, ...sharedArchive, ...agentOf(node), log4j, ...classPath, 'kafka.Kafka', properties],
  };
}

/**
 * The JVM arguments to format the disk of a first broker by Kafka's own tool and to archive the classes of
 * its JVM, and the file that the tool writes for any node: what `prepareBroker` needs.
 */
export function prepareFirstBroker(node: BrokerNode, dir: string) {
  const { data, properties, options } = configure(node, [node], dir, {});
  const storageTool = ['kafka.tools.StorageTool', 'format', '-t', clusterIdIn(dir), '-c', properties];
  return {
    format: [...options, log4j, ...classPath, ...storageTool],
    bootstrap: path.join(data, bootstrapRecords),
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
  if (!existsSync(file)) writeFileSync(file, newId());
  return readFileSync(file, 'utf8');
}

/** 16 bytes in Kafka's form. The first bit is 0, or a `-` in front would be read as an option. */
function newId(): string {
  const bytes = randomBytes(16);
  bytes.writeUInt8(bytes.readUInt8() & 0x7f);
  return bytes.toString('base64url');
}

/** @see https://github.com/prometheus/jmx_exporter */
const agentOf = ({ metricsPort }: BrokerNode): string[] =>
  metricsPort === undefined
    ? []
    : [`-javaagent:${jmxAgent}=127.0.0.1:${metricsPort}:${path.join(import.meta.dirname, 'jmx/jmx.yml')}`];
