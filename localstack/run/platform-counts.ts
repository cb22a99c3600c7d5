import { S3Client } from '@aws-sdk/client-s3';
import { SQSClient } from '@aws-sdk/client-sqs';
import { Kafka, logLevel } from 'kafkajs';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from '../platform/local-account.ts';
import type { AlertLine, Judged, PlatformCounts } from '../terminal/state.ts';
import { readLag } from './platform-counts/lag.ts';
import { lakeOn } from './platform-counts/lake.ts';
import { countLandedRows } from './platform-counts/landed-rows.ts';
import { outstanding, type Workload } from './platform-counts/outstanding.ts';
import { readQueues } from './platform-counts/queues.ts';
import { readTables } from './platform-counts/tables.ts';
import { openSensor, type Sensor } from './sensor.ts';

/** The consumer groups, and the topic that each reads; a group that feeds another comes before it. */
const topicOfGroup = {
  'land-observations': topics.weatherData.name,
  'watch-weather': topics.weatherData.name,
  'retry-observations': topics.retryData.name,
  'monitor-transactions': topics.transactions.name,
  'record-errors': topics.errorData.name,
} as const;

export interface PlatformCounter {
  read(): Promise<PlatformCounts>;
  lag(): Promise<Record<string, number>>;
  lastAlerts(limit: number): Promise<AlertLine[]>;
  /** How far transactions have moved from what the model was trained on, 0 to 1. */
  drift(): Promise<number | undefined>;
  judged(): Promise<Judged | undefined>;
  watchedHour: Sensor['watchedHour'];
  /** What of these dropped files (`<object key>@<ETag>`), and of all else, has not reached its end: see Workload. */
  outstanding(dropped: readonly string[]): Promise<string[]>;
  close(): Promise<void>;
}

const countSlackMessages = async (inboxUrl: string): Promise<number> => {
  const response = await fetch(`${inboxUrl}/messages`, { method: 'HEAD', signal: AbortSignal.timeout(5000) });
  if (!response.ok) throw new Error(`the Slack inbox at ${inboxUrl} answered ${response.status}`);
  return Number(response.headers.get('x-total-count'));
};

/** Reads what the platform at these endpoints has done, from its stores themselves. Close it: it holds connections. */
export const openPlatformCounts = async (endpoints: Endpoints): Promise<PlatformCounter> => {
  const { kafkaBrokers, postgresUrl, slackInboxUrl, lakeBucket } = endpoints;
  const account = localAccount(endpoints);
  const s3 = new S3Client({ ...account, forcePathStyle: true });
  const sqs = new SQSClient(account);
  const sensor = openSensor(endpoints);
  const tables = readTables(postgresUrl);
  // Kafka's own log lines would tear the live view; its errors arrive as rejections.
  const kafka = new Kafka({
    clientId: 'isobar-counts',
    brokers: [...kafkaBrokers],
    logLevel: logLevel.NOTHING,
  });
  const admin = kafka.admin();
  await admin.connect();
  const landedRows = countLandedRows(lakeOn({ s3, bucket: lakeBucket, prefix: 'raw/observations/' }));
  const lag = () => readLag(admin, topicOfGroup);

  const readCounts = async (): Promise<Omit<Workload, 'notIngested' | 'queues'>> => {
    // Before what the groups write: where the lag is nothing, every effect is there to be counted.
    const lagPerGroup = await lag();
    const [{ unsentAlerts, unsentErrors, awaitedRetries, ...tableCounts }, landed, slackMessages] =
      await Promise.all([tables.counts(), landedRows(), countSlackMessages(slackInboxUrl)]);
    return {
      counts: { ...tableCounts, ...landed, slackMessages, lag: lagPerGroup },
      unsentAlerts,
      unsentErrors,
      awaitedRetries,
    };
  };

  /** In the order that records travel, so that nothing can pass from where is still to be looked to where was. */
  const readWorkload = async (dropped: readonly string[]): Promise<Workload> => {
    const notIngested = await tables.notIngested(dropped);
    const counted = await readCounts();
    return { notIngested, ...counted, queues: await readQueues(sqs, 'isobar-') };
  };

  return {
    read: async () => (await readCounts()).counts,
    lag,
    lastAlerts: tables.lastAlerts,
    drift: tables.drift,
    judged: tables.judged,
    watchedHour: sensor.watchedHour,
    outstanding: async (dropped) => outstanding(await readWorkload(dropped)),
    close: async () => {
      await Promise.all([admin.disconnect(), tables.close()]);
      s3.destroy();
      sqs.destroy();
      sensor.close();
    },
  };
};
