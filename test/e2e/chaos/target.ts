import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
} from '@aws-sdk/client-lambda';
import { ListQueuesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { localAccount } from '../../../localstack/platform/local-account.ts';
import { postgresLock } from '../../../localstack/platform/postgres.ts';
import { isAlive, type ProcessRecord, processList } from '../../../localstack/platform/processes.ts';
import { waitFor } from '../../../localstack/wait-for.ts';
import { errorsCli } from '../../fixtures/errors-cli.ts';
import { moveLeaders } from '../../fixtures/move-leaders.ts';
import { functionProcesses, signal } from './function-processes.ts';

/** The time limit for each recovery after a fault. */
const recovery = { deadlineMs: 90_000, everyMs: 100 };

const functionName = (folder: string) => `isobar-local-${folder}`;

export type Target = ReturnType<typeof openTarget>;

/** A running platform, by the parts that faults act on. Processes are killed by pid only. */
export function openTarget({ stateDir, endpoints }: { stateDir: string; endpoints: Endpoints }) {
  const lambda = new LambdaClient(localAccount(endpoints));
  const admin = new Kafka({
    brokers: [...endpoints.kafkaBrokers],
    logLevel: logLevel.NOTHING,
    retry: { retries: 30, maxRetryTime: 2_000 },
  }).admin();

  const service = (name: string): ProcessRecord | undefined =>
    processList(stateDir)
      .read()
      .find((record) => record.name === name && isAlive(record));

  const mappingOf = async (folder: string) => {
    for await (const page of paginateListEventSourceMappings({ client: lambda }, {})) {
      const found = page.EventSourceMappings?.find(
        ({ FunctionArn = '', Topics }) => Topics && FunctionArn.includes(functionName(folder)),
      );
      if (found?.UUID) return found.UUID;
    }
    throw new Error(`${folder} has no Kafka event source mapping`);
  };
  const setMapping = async (UUID: string, change: MappingChange) => {
    await lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...change }));
    const wanted = change.Enabled === false ? 'Disabled' : 'Enabled';
    await waitFor(
      `the mapping ${UUID} to be ${wanted}`,
      async () => (await lambda.send(new GetEventSourceMappingCommand({ UUID }))).State === wanted,
      recovery,
    );
  };

  const withDatabase = <T>(work: (query: Query) => Promise<T>) => onConnection(endpoints.postgresUrl, work);

  const headerOfInbox = async (name: string): Promise<number> => {
    const answer = await fetch(`${endpoints.slackInboxUrl}/messages`, { method: 'HEAD' });
    return Number(answer.headers.get(name));
  };

  return {
    endpoints,
    admin,

    /**
     * Redelivers messages of a killed function sooner. The deployed timeout allows minutes for a large file.
     */
    shortenVisibilityTimeouts: async (visibleAfterSeconds: number): Promise<void> => {
      const sqs = new SQSClient(localAccount(endpoints));
      const Attributes = { VisibilityTimeout: String(visibleAfterSeconds) };
      const { QueueUrls = [] } = await sqs.send(new ListQueuesCommand({}));
      for (const QueueUrl of QueueUrls)
        await sqs.send(new SetQueueAttributesCommand({ QueueUrl, Attributes }));
      sqs.destroy();
    },

    /** Kills a service with SIGKILL and waits until the supervisor restarts it. Returns the killed pid. */
    killService: async (name: string): Promise<number> => {
      const victim = await waitFor(`${name} to run`, () => service(name), recovery);
      process.kill(victim.pid, 'SIGKILL');
      await waitFor(`another ${name}`, () => (service(name)?.pid ?? victim.pid) !== victim.pid, recovery);
      return victim.pid;
    },

    /** Empties the lock file, as Postgres leaves it when killed within milliseconds of its start. */
    emptyPostgresLock: () => writeFileSync(postgresLock(path.join(stateDir, 'run')), ''),

    /** Kills a service with SIGKILL and prevents its restart for `forMs`. Returns the killed pid. */
    keepServiceDown: async (name: string, forMs: number): Promise<number> => {
      const victim = await waitFor(`${name} to run`, () => service(name), recovery);
      const supervisor = await waitFor('the supervisor', () => service('supervisor'), recovery);
      signal(supervisor.pid, 'SIGSTOP');
      try {
        process.kill(victim.pid, 'SIGKILL');
        await delay(forMs);
      } finally {
        signal(supervisor.pid, 'SIGCONT');
      }
      await waitFor(`another ${name}`, () => (service(name)?.pid ?? victim.pid) !== victim.pid, recovery);
      return victim.pid;
    },

    functionPids: (folder: string): number[] =>
      functionProcesses(service('localstack')?.pid ?? 0, functionName(folder)),

    /** The broker that leads most partitions of the topic. */
    busiestLeader: async (topic: string): Promise<number> => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      const led = new Map<number, number>();
      for (const { leader } of topics[0]?.partitions ?? []) led.set(leader, (led.get(leader) ?? 0) + 1);
      const [busiest] = [...led].sort(([, a], [, b]) => b - a);
      if (!busiest) throw new Error(`${topic} has no leaders`);
      return busiest[0];
    },

    moveLeaders: (topics: string[]): Promise<number> => moveLeaders(admin, topics),

    /** Waits until a killed broker leaves the in-sync replicas and joins them again. */
    brokerRejoins: async (broker: number, topic: string) => {
      const partitions = async () =>
        (await admin.fetchTopicMetadata({ topics: [topic] })).topics[0]?.partitions;
      await waitFor(
        `broker ${broker} to leave the in-sync replicas`,
        async () => (await partitions())?.some(({ isr }) => !isr.includes(broker)),
        recovery,
      );
      await waitFor(
        `all replicas of ${topic} to be in sync`,
        async () => (await partitions())?.every(({ isr }) => isr.length === 3),
        recovery,
      );
    },

    postgresAnswers: () =>
      waitFor('Postgres to answer', () => withDatabase((query) => query('select 1')), recovery),

    withDatabase,

    hasSession: async (pid: number): Promise<boolean> =>
      (await withDatabase((query) => query('select from pg_stat_activity where pid = $1', [pid]))).length > 0,

    /** The consumer's next offset by partition. */
    ledger: async (consumer: string): Promise<ReadonlyMap<number, number>> => {
      const rows = await withDatabase((query) =>
        query<{ partition: number; next: number }>(
          'select partition, next_offset::float8 as next from applied_offsets where consumer = $1',
          [consumer],
        ),
      );
      return new Map(rows.map(({ partition, next }) => [partition, next]));
    },

    /** The number of members of a consumer group; undefined while it rebalances. */
    groupSize: async (folder: string): Promise<number | undefined> => {
      const [group] = (await admin.describeGroups([folder])).groups;
      return group?.state === 'Stable' ? group.members.length : undefined;
    },

    /**
     * Resets the consumer's group to the first offset, with its mapping disabled. Returns the records to
     * redeliver.
     */
    replay: async (folder: string, topic: string): Promise<number> => {
      const mapping = await mappingOf(folder);
      await setMapping(mapping, { Enabled: false });
      await waitFor(
        `the group ${folder} to be empty`,
        async () => {
          const { groups } = await admin.describeGroups([folder]);
          return groups.every(({ state }) => state === 'Empty' || state === 'Dead');
        },
        recovery,
      );
      const committed = await admin.fetchOffsets({ groupId: folder, topics: [topic] });
      await admin.resetOffsets({ groupId: folder, topic, earliest: true });
      await setMapping(mapping, { Enabled: true });
      return (committed[0]?.partitions ?? []).reduce(
        (sum, { offset }) => sum + Math.max(0, Number(offset)),
        0,
      );
    },

    /** While `work` runs, Lambda discards a batch of this consumer at its first failure. */
    withoutRetries: async <T>(folder: string, work: () => Promise<T>): Promise<T> => {
      const UUID = await mappingOf(folder);
      const before = await lambda.send(new GetEventSourceMappingCommand({ UUID }));
      await setMapping(UUID, { MaximumRetryAttempts: 0, BisectBatchOnFunctionError: false });
      try {
        return await work();
      } finally {
        const { MaximumRetryAttempts, BisectBatchOnFunctionError } = before;
        await setMapping(UUID, { MaximumRetryAttempts, BisectBatchOnFunctionError });
      }
    },

    /** The number of records in discarded batches that record-failed-batches has handled. */
    discardedRecords: async (): Promise<number> => {
      const sql = `select count(*)::int as count from applied_origins where consumer = 'record-failed-batches'`;
      return (await withDatabase((query) => query<{ count: number }>(sql)))[0]?.count ?? 0;
    },

    /** Redrives the dead letters of discarded batches, and returns their number. */
    redrive: async (): Promise<number> =>
      Number.parseInt(await errorsCli(endpoints)('redrive', '--type', 'BATCH_FAILED'), 10),

    slackBehaves: async (behaviour: Record<string, number>): Promise<void> => {
      const answer = await fetch(`${endpoints.slackInboxUrl}/behaviour`, {
        method: 'PUT',
        body: JSON.stringify(behaviour),
      });
      if (!answer.ok) throw new Error(`the Slack inbox refused ${JSON.stringify(behaviour)}`);
    },

    /** The number of accepted messages, and of all requests. */
    slackMessages: () => headerOfInbox('x-total-count'),
    slackRequests: () => headerOfInbox('x-request-count'),

    close: async () => {
      await admin.disconnect();
      lambda.destroy();
    },
  };
}

type MappingChange = Pick<
  UpdateEventSourceMappingCommandInput,
  'Enabled' | 'MaximumRetryAttempts' | 'BisectBatchOnFunctionError'
>;

type Query = <Row extends pg.QueryResultRow>(sql: string, values?: unknown[]) => Promise<Row[]>;

/** Runs `work` on a new connection. */
async function onConnection<T>(connectionString: string, work: (query: Query) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString, connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined); // the server is killed on purpose
  try {
    await client.connect();
    return await work(async (sql, values) => (await client.query(sql, values)).rows);
  } finally {
    await client.end().catch(() => undefined);
  }
}
