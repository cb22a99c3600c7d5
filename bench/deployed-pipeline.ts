import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import pg from 'pg';
import { sourceId } from '../lambdas/shared/kafka/source.ts';
import { topics } from '../lambdas/shared/kafka/topics.ts';
import { observationFields } from '../lambdas/shared/wire/observation.ts';
import type { Endpoints } from '../localstack/endpoints.ts';
import { synthesisedRows } from '../localstack/generator/rows.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { openIncoming } from '../localstack/run/incoming.ts';
import { formatCount, padEnd, padStart } from '../localstack/terminal/text.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { cpuSeconds, cpuSecondsPerMillion } from './cpu-seconds.ts';

export const header = `${observationFields.join(',')}\n`;
const deadlineMs = 900_000;

/** The steps that benchmarks take on a platform with the stacks deployed, for `rows` rows at a time. */
export function openPipeline(endpoints: Endpoints, rows: number) {
  const pool = new pg.Pool({ connectionString: endpoints.postgresUrl, max: 1 });
  const lambda = new LambdaClient(localAccount(endpoints));
  const incoming = openIncoming(endpoints);

  const committed = async (consumer: string): Promise<number[]> => {
    const { rows: found } = await pool.query<{ next: number }>(
      `select coalesce(next_offset, 0)::float8 as next
         from generate_series(0, $2 - 1) as p(partition)
         left join applied_offsets a
           on a.consumer = $1 and a.topic = 'weather-data' and a.partition = p.partition
        order by p.partition`,
      [consumer, topics.weatherData.partitions],
    );
    return found.map(({ next }) => next);
  };
  const done = async (consumer: string) => (await committed(consumer)).reduce((sum, next) => sum + next, 0);

  return {
    pool,
    incoming,

    /** The committed offset of each partition. */
    committed,

    /** Drops one file with all rows. Returns the records/s from the drop to the last acknowledgement. */
    async ingest(round: number): Promise<number> {
      const schedule = { seed: round, startMs: Date.UTC(2024, 0, 1), rowIntervalMs: 1_000 };
      const source = synthesisedRows(schedule)(round * rows);
      if (!(Symbol.iterator in source)) throw new Error('synthesised rows must be iterable without waiting');
      const lines = Iterator.from(source)
        .take(rows)
        .map((cells) => `${cells.join(',')}\n`);
      const content = Buffer.from(header + [...lines].join(''));
      const ingested = await incoming.drop({ name: `bench-${round}.csv`, content });
      const begun = performance.now();
      await waitFor(
        'the file to be ingested',
        async () =>
          (
            await pool.query('select from ingested_files where source = $1 and ingested_at is not null', [
              sourceId(ingested),
            ])
          ).rowCount === 1,
        { deadlineMs, everyMs: 50 },
      );
      return (rows / (performance.now() - begun)) * 1000;
    },

    /** Returns the records/s of a consumer's ledger, from its first advance to `end` records. */
    async consume(consumer: string, end: number): Promise<number> {
      const before = await done(consumer);
      const everyMs = 20;
      await waitFor(`${consumer} to begin`, async () => (await done(consumer)) > before, {
        deadlineMs,
        everyMs,
      });
      const begun = performance.now();
      const first = await done(consumer);
      await waitFor(`${consumer} to end`, async () => (await done(consumer)) >= end, { deadlineMs, everyMs });
      return ((end - first) / (performance.now() - begun)) * 1000;
    },

    async setEnabled(consumer: string, Enabled: boolean): Promise<void> {
      const list = new ListEventSourceMappingsCommand({ FunctionName: `isobar-local-${consumer}` });
      const find = async () => (await lambda.send(list)).EventSourceMappings?.[0];
      const mapping = await find();
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping?.UUID, Enabled }));
      const wanted = Enabled ? 'Enabled' : 'Disabled';
      await waitFor(
        `the mapping of ${consumer} to be ${wanted}`,
        async () => (await find())?.State === wanted,
        { deadlineMs: 60_000 },
      );
    },

    async close(): Promise<void> {
      await pool.end();
      lambda.destroy();
      incoming.close();
    },
  };
}

/** Does some work, which returns its records/s, and prints that and the CPU time by program. */
export async function measure(
  what: string,
  { stateDir, rows }: { readonly stateDir: string; readonly rows: number },
  work: () => Promise<number>,
): Promise<void> {
  const before = cpuSeconds(stateDir);
  const recordsPerSecond = await work();
  show(what, recordsPerSecond, cpuSecondsPerMillion(before, cpuSeconds(stateDir), rows));
}

/** Prints a rate, and CPU-s per million records by program. */
export function show(
  what: string,
  recordsPerSecond: number,
  used: readonly { readonly name: string; readonly perMillion: number }[],
): void {
  const all = used.reduce((sum, { perMillion }) => sum + perMillion, 0);
  const programs = used.map(({ name, perMillion }) => `${name} ${perMillion.toFixed(1)}`).join(', ');
  console.log(` ${padEnd(what, 27)}${padStart(formatCount(recordsPerSecond), 9)} records/s`);
  console.log(` ${padEnd('', 27)}${padStart(all.toFixed(1), 9)} CPU-s per million: ${programs}`);
}
