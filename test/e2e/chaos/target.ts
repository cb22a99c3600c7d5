import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  InvokeCommand,
  LambdaClient,
  paginateListEventSourceMappings,
  paginateListFunctions,
  UpdateEventSourceMappingCommand,
  type UpdateEventSourceMappingCommandInput,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import { ListQueuesCommand, SetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Kafka, logLevel } from 'kafkajs';
import pg from 'pg';
import type { Topic } from '../../../lambdas/shared/kafka/topics.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { localAccount } from '../../../localstack/platform/local-account.ts';
import { postgresLock } from '../../../localstack/platform/postgres.ts';
import { isAlive, type ProcessRecord, processList } from '../../../localstack/platform/processes.ts';
import { waitFor } from '../../../localstack/wait-for.ts';
import { createTopics } from '../../fixtures/create-topics.ts';
import { errorsCli } from '../../fixtures/errors-cli.ts';
import { kafkaEvent } from '../../fixtures/kafka-events.ts';
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

  const groupIsEmpty = (folder: string) =>
    waitFor(
      `the group ${folder} to be empty`,
      async () => {
        const { groups } = await admin.describeGroups([folder]);
        return groups.every(({ state }) => state === 'Empty' || state === 'Dead');
      },
      recovery,
    );

  const invokeErrors = async (folders: readonly string[]): Promise<ReadonlyMap<string, number>> => {
    const text = await (await fetch(endpoints.pollerMetricsUrl)).text();
    const errors = new Map<string, number>();
    for (const folder of folders) {
      const sample = new RegExp(
        `^kafka_poller_invoke_errors_total\\{[^}]*"${await mappingOf(folder)}"[^}]*\\} (\\d+)`,
        'm',
      );
      errors.set(folder, Number(sample.exec(text)?.[1] ?? 0));
    }
    return errors;
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
      await groupIsEmpty(folder);
      const committed = await admin.fetchOffsets({ groupId: folder, topics: [topic] });
      await admin.resetOffsets({ groupId: folder, topic, earliest: true });
      await setMapping(mapping, { Enabled: true });
      return (committed[0]?.partitions ?? []).reduce(
        (sum, { offset }) => sum + Math.max(0, Number(offset)),
        0,
      );
    },

    /** While `work` runs, the mappings of these consumers are disabled and their groups are empty. */
    whileDisabled: async (folders: readonly string[], work: () => Promise<void>): Promise<void> => {
      const mappings = await Promise.all(folders.map(mappingOf));
      for (const mapping of mappings) await setMapping(mapping, { Enabled: false });
      for (const folder of folders) await groupIsEmpty(folder);
      await work();
      for (const mapping of mappings) await setMapping(mapping, { Enabled: true });
    },

    /** Deletes a topic and makes it anew. */
    remakeTopic: async ({ name, partitions, replicationFactor, minInSyncReplicas }: Topic): Promise<void> => {
      const exists = async () => (await admin.listTopics()).includes(name);
      await admin.deleteTopics({ topics: [name] });
      await waitFor(`${name} to be gone`, async () => !(await exists()), recovery);
      await createTopics(admin, [
        {
          topic: name,
          numPartitions: partitions,
          replicationFactor,
          configEntries: [{ name: 'min.insync.replicas', value: String(minInSyncReplicas) }],
        },
      ]);
    },

    /** How many invokes of each consumer failed since its poller started. */
    invokeErrors,

    /** Waits until an invoke of each consumer has failed, and returns the consumers. */
    untilInvokesFail: async (
      folders: readonly string[],
      before: ReadonlyMap<string, number>,
    ): Promise<string[]> => {
      const failing = async () => {
        const now = await invokeErrors(folders);
        return folders.filter((folder) => (now.get(folder) ?? 0) > (before.get(folder) ?? 0));
      };
      await waitFor(
        `${folders.join(' and ')} to fail`,
        async () => (await failing()).length === folders.length,
        recovery,
      );
      return failing();
    },

    /** The name of the error with which a consumer fails on the first record of a topic. */
    errorOf: async (folder: string, { name }: Topic): Promise<string> => {
      const mapping = await lambda.send(new GetEventSourceMappingCommand({ UUID: await mappingOf(folder) }));
      const [partition] = (await admin.fetchTopicOffsets(name)).filter(({ high }) => Number(high) > 0);
      const record = { offset: 0, timestampMs: Date.now(), value: '{}' };
      const event = kafkaEvent(name, { [partition?.partition ?? 0]: [record] }, mapping.EventSourceArn);
      const { Payload } = await lambda.send(
        new InvokeCommand({ FunctionName: functionName(folder), Payload: JSON.stringify(event) }),
      );
      return JSON.parse(Buffer.from(Payload ?? []).toString() || '{}')?.errorType ?? 'no error';
    },

    /** Raises the epoch of a topic, as a deploy with another `lib/config.ts` does. */
    raiseEpoch: async ({ name }: Topic): Promise<void> => {
      for await (const { Functions = [] } of paginateListFunctions({ client: lambda }, {}))
        for (const { FunctionName, Environment: { Variables = {} } = {} } of Functions) {
          const epochs = Variables.TOPIC_EPOCHS?.replace(
            new RegExp(`(?<=${name}=)\\d+`),
            (epoch) => `${Number(epoch) + 1}`,
          );
          if (epochs === undefined) continue;
          const Environment = { Variables: { ...Variables, TOPIC_EPOCHS: epochs } };
          await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Environment }));
          await waitFor(
            `${FunctionName} to be updated`,
            async () => {
              const found = await lambda.send(new GetFunctionConfigurationCommand({ FunctionName }));
              return found.LastUpdateStatus === 'Successful';
            },
            recovery,
          );
        }
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
