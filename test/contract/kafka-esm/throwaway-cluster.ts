import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareBroker } from '../../../localstack/platform/broker/broker.ts';
import { choosePorts } from '../../../localstack/platform/ports.ts';
import { foundPrograms } from '../../../localstack/setup/tools.mjs';
import { moveLeaders } from '../../fixtures/move-leaders.ts';
import { type Cluster, connectCluster, eventually } from './cluster.ts';

/** As in the brokers' settings. A group's coordinator is the leader of the partition for the group's name. */
const OFFSETS_PARTITIONS = 10;

/** Three brokers that a test may kill and start as it likes. */
export async function startThrowawayCluster() {
  const dir = mkdtempSync(path.join(tmpdir(), 'brokers-'));
  const ports = await choosePorts({ b1: 0, b2: 0, b3: 0, c1: 0, c2: 0, c3: 0 });
  const nodes = [
    { id: 1, port: ports.b1, controllerPort: ports.c1 },
    { id: 2, port: ports.b2, controllerPort: ports.c2 },
    { id: 3, port: ports.b3, controllerPort: ports.c3 },
  ];
  const { java } = foundPrograms();
  // So a partition is led by its first replica again within a second.
  const overrides = { 'leader.imbalance.check.interval.seconds': 1 };
  const commands = new Map(nodes.map((node) => [node.id, prepareBroker(node, nodes, dir, overrides)]));
  const running = new Map<number, ChildProcess>();

  let closed = false;

  const start = (id: number) => {
    // A test that has timed out may still be running.
    if (closed) throw new Error('the cluster is closed');
    const command = commands.get(id);
    if (!command) throw new Error(`there is no broker ${id}`);
    running.set(id, spawn(java, command.run, { cwd: command.home, stdio: 'ignore' }));
  };
  const end = async (id: number, signal: NodeJS.Signals) => {
    const broker = running.get(id);
    running.delete(id);
    if (!broker?.kill(signal)) return;
    await once(broker, 'exit');
  };

  const endAll = async () => {
    closed = true;
    await Promise.all([...running.keys()].map((id) => end(id, 'SIGKILL')));
    rmSync(dir, { recursive: true, force: true });
  };

  const cluster = await formCluster().catch(async (error) => {
    await endAll();
    throw error;
  });
  const { admin } = cluster;

  async function formCluster(): Promise<Cluster> {
    for (const { id } of nodes) start(id);
    const brokers = nodes.map(({ port }) => `127.0.0.1:${port}`);
    const connected = await eventually(
      () => connectCluster(brokers).catch(() => undefined),
      (found) => found !== undefined,
      120_000,
    );
    if (!connected) throw new Error('the brokers did not start');
    await eventually(
      () => connected.admin.describeCluster().then((found) => found.brokers.length),
      (count) => count === 3,
      60_000,
    );
    return connected;
  }

  const partitionsOf = async (topic: string) =>
    (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions ?? [];

  return {
    cluster,
    brokerIds: nodes.map(({ id }) => id),
    start,
    kill: (id: number) => end(id, 'SIGKILL'),
    /** Stops it in order: it hands over its partitions first. */
    stop: (id: number) => end(id, 'SIGTERM'),

    /** Waits until all replicas of the topic are in sync, so that the loss of one broker loses no record. */
    inSync: (topic: string) =>
      eventually(
        () => partitionsOf(topic).catch(() => []),
        (partitions) => partitions.length > 0 && partitions.every(({ isr }) => isr.length === 3),
        60_000,
      ),

    /** Moves the leader of each partition of the topic to another broker. */
    moveLeaders: (topic: string) => moveLeaders(admin, [topic]),

    leaderOf: async (topic: string, partition: number) =>
      (await partitionsOf(topic)).find(({ partitionId }) => partitionId === partition)?.leader ?? -1,

    async coordinatorOf(group: string) {
      let hash = 0;
      for (const char of group) hash = (Math.imul(hash, 31) + char.charCodeAt(0)) | 0;
      return this.leaderOf('__consumer_offsets', (hash & 0x7fffffff) % OFFSETS_PARTITIONS);
    },

    async close() {
      await endAll();
      await cluster.close().catch(() => undefined);
    },
  };
}

export type ThrowawayCluster = Awaited<ReturnType<typeof startThrowawayCluster>>;
