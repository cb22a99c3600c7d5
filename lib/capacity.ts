import { type Topic, topics } from '../lambdas/shared/kafka/topics.ts';
import type { AppConfig } from './app-config.ts';
import { brokersOf } from './cluster.ts';

/**
 * Compressed rows take 28 bytes, in batches of a thousand (bench/README.md): here twice as many, for files
 * with fewer rows. A retried record comes alone, and so uncompressed. The others are generous.
 */
export const bytesPerRecord: Readonly<Record<keyof typeof topics, number>> = {
  weatherData: 60,
  retryData: 190,
  errorData: 1_000,
  transactions: 1_000,
};
const bytesPerRecentRow = 145;

/** Invalid rows, of all rows. */
const invalidShare = 0.01;

/** Brokers stop when a disk is full; the alarm goes off at this share. */
const fullestShare = 0.8;

const gib = 1024 ** 3;
const daySeconds = 86_400;

/** Records a second on each topic, at the rate that a stage promises. */
function topicRates({
  capacity,
}: Pick<AppConfig, 'capacity'>): Readonly<Record<keyof typeof topics, number>> {
  const invalid = capacity.recordsPerSecond * invalidShare;
  return {
    weatherData: capacity.recordsPerSecond,
    retryData: invalid,
    errorData: invalid,
    transactions: capacity.transactionsPerSecond,
  };
}

/** What the disk of each broker must hold: retention × rate × replication, in GiB. 0 without disks. */
export function diskNeededGib(config: Pick<AppConfig, 'capacity' | 'kafka'>): number {
  const brokers = brokersOf(config);
  if (brokers === 0) return 0;
  const rates = topicRates(config);
  const names = Object.keys(topics) as (keyof typeof topics)[];
  const kept = names.map((name) => {
    const { retentionMs, replicationFactor }: Topic = topics[name];
    return rates[name] * bytesPerRecord[name] * (retentionMs / 1_000) * replicationFactor;
  });
  return kept.reduce((sum, bytes) => sum + bytes, 0) / brokers / gib;
}

/** What Postgres keeps of the recent observations, in GiB: by far its largest table. */
export const recentObservationsGib = ({
  capacity,
  keepObservationDays,
}: Pick<AppConfig, 'capacity' | 'keepObservationDays'>): number =>
  (capacity.recordsPerSecond * keepObservationDays * daySeconds * bytesPerRecentRow) / gib;

/** Rows a second on one core of Spark, and bytes that it shuffles a row: `daily.py` in bench/README.md. */
const sparkRowsPerCoreSecond = 51_400;
const shuffledBytesPerRow = 65;

/** A worker of type G.1X: 4 cores, and 44 GB of free disk. */
const coresPerWorker = 4;
const diskBytesPerWorker = 44e9;

/** Workers that the daily job needs to be done within an hour, with its driver; at least two. */
export function dailyWorkers(recordsPerSecond: number): number {
  const rows = recordsPerSecond * daySeconds;
  const byTime = rows / (sparkRowsPerCoreSecond * coresPerWorker * 3_600);
  const byDisk = (rows * shuffledBytesPerRow) / diskBytesPerWorker;
  return 1 + Math.max(1, Math.ceil(byTime), Math.ceil(byDisk));
}

/**
 * Refuses a configuration that cannot hold the rate that it promises.
 * @throws Error that names each limit, what it would need, and what to change
 */
export function refuseOverload(config: AppConfig): void {
  const { stage, kafka, database, capacity, daily } = config;
  const disk = diskNeededGib(config);
  const recent = recentObservationsGib(config);
  const workers = dailyWorkers(capacity.recordsPerSecond);
  const faults = [
    ...(disk > fullestShare * kafka.brokerVolumeGib
      ? [
          `Topics need ${Math.ceil(disk)} GiB of each broker, more than ${percent(fullestShare)} of its ` +
            `${kafka.brokerVolumeGib} GiB. Set kafka.brokerVolumeGib to ${Math.ceil(disk / fullestShare)}, ` +
            'or shorten the retention in lambdas/shared/kafka/topics.ts.',
        ]
      : []),
    ...(recent > fullestShare * database.storageLimitGib
      ? [
          `Recent observations need ${Math.ceil(recent)} GiB of Postgres, more than ${percent(fullestShare)} of ` +
            `its limit of ${database.storageLimitGib} GiB. Raise database.storageLimitGib, or lower ` +
            'keepObservationDays (0 keeps none).',
        ]
      : []),
    ...(workers > daily.workers
      ? [
          `The daily summary needs ${workers} workers of Spark for ${capacity.recordsPerSecond} records/s, and ` +
            `daily.workers is ${daily.workers}.`,
        ]
      : []),
  ];
  if (faults.length === 0) return;
  throw new Error(
    [
      `Stage ${stage} cannot hold ${capacity.recordsPerSecond} records/s:`,
      ...faults.map((fault) => `  ${fault}`),
    ].join('\n'),
  );
}

const percent = (share: number): string => `${Math.round(share * 100)} %`;
