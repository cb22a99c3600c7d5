// Measures the whole deployed platform: records/s from a file to its topic, from the topic to the lake, and
// from the topic to windows and alerts; and the time from a dropped file to its alert in Slack. See
// README.md.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import pg from 'pg';
import { sourceId } from '../lambdas/shared/kafka/source.ts';
import { observationFields } from '../lambdas/shared/wire/observation.ts';
import { synthesisedRows } from '../localstack/generator/rows.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { openIncoming } from '../localstack/run/incoming.ts';
import { formatCount, padEnd, padStart } from '../localstack/terminal/text.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { cpuSeconds, cpuSecondsPerMillion } from './cpu-seconds.ts';
import { shownLoad } from './load.ts';
import { openOwnPlatform } from './own-platform.ts';
import { quantile } from './statistics.ts';

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '2' },
    drops: { type: 'string', default: '20' },
  },
});
const rows = Number(options.rows);
const header = `${observationFields.join(',')}\n`;
const deadlineMs = 900_000;
const consumers = ['land-observations', 'watch-weather'] as const;

const platform = await openOwnPlatform('pipeline', { deployed: true });
const { endpoints, stateDir } = platform;
const pool = new pg.Pool({ connectionString: endpoints.postgresUrl, max: 1 });
const lambda = new LambdaClient(localAccount(endpoints));
const incoming = openIncoming(endpoints);
try {
  await Promise.race([run(), platform.failed]);
} finally {
  await pool.end();
  lambda.destroy();
  incoming.close();
  await platform.remove();
}

async function run(): Promise<void> {
  for (let round = 1; round <= Number(options.rounds); round++) {
    console.log(`\nRound ${round}: ${formatCount(rows)} rows`);
    for (const consumer of consumers) await setEnabled(consumer, false);
    await measure('file → topic', () => ingest(round));
    for (const consumer of consumers) {
      await setEnabled(consumer, true);
      await measure(`topic → ${consumer}`, () => consume(consumer, round * rows));
      await setEnabled(consumer, false);
    }
  }
  for (const consumer of consumers) await setEnabled(consumer, true);
  await tellAlerts(Number(options.drops));
  console.log(`\nLoad: ${shownLoad()}`);
}

/** Does some work, which returns its records/s, and prints that and the CPU time by program. */
async function measure(what: string, work: () => Promise<number>): Promise<void> {
  const before = cpuSeconds(stateDir);
  const recordsPerSecond = await work();
  const used = cpuSecondsPerMillion(before, cpuSeconds(stateDir), rows);
  const all = used.reduce((sum, { perMillion }) => sum + perMillion, 0);
  const programs = used.map(({ name, perMillion }) => `${name} ${perMillion.toFixed(1)}`).join(', ');
  console.log(` ${padEnd(what, 27)}${padStart(formatCount(recordsPerSecond), 9)} records/s`);
  console.log(` ${padEnd('', 27)}${padStart(all.toFixed(1), 9)} CPU-s per million: ${programs}`);
}

/** Drops one file with all rows. Returns the records/s from the drop to the last acknowledgement. */
async function ingest(round: number): Promise<number> {
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
}

/** Returns the records/s of a consumer's ledger, from its first advance to `end` records. */
async function consume(consumer: string, end: number): Promise<number> {
  const done = async () => {
    const { rows: found } = await pool.query<{ done: number }>(
      `select coalesce(sum(next_offset), 0)::float8 as done
         from applied_offsets where consumer = $1 and topic = 'weather-data'`,
      [consumer],
    );
    return found[0]?.done ?? 0;
  };
  const before = await done();
  const everyMs = 20;
  await waitFor(`${consumer} to begin`, async () => (await done()) > before, { deadlineMs, everyMs });
  const begun = performance.now();
  const first = await done();
  await waitFor(`${consumer} to end`, async () => (await done()) >= end, { deadlineMs, everyMs });
  return ((end - first) / (performance.now() - begun)) * 1000;
}

async function setEnabled(consumer: string, Enabled: boolean): Promise<void> {
  const list = new ListEventSourceMappingsCommand({ FunctionName: `isobar-local-${consumer}` });
  const find = async () => (await lambda.send(list)).EventSourceMappings?.[0];
  const mapping = await find();
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID: mapping?.UUID, Enabled }));
  const wanted = Enabled ? 'Enabled' : 'Disabled';
  await waitFor(`the mapping of ${consumer} to be ${wanted}`, async () => (await find())?.State === wanted, {
    deadlineMs: 60_000,
  });
}

interface Told {
  /** From the drop until all rows are on Kafka. */
  readonly ingestedMs: number;
  /** From there until the alert is in Postgres. */
  readonly raisedMs: number;
  /** From there until Slack has it. */
  readonly toldMs: number;
  readonly allMs: number;
}

/** Drops files with one hot row, each for a new location, and times their way to Slack. */
async function tellAlerts(drops: number): Promise<void> {
  const told: Told[] = [];
  for (let drop = 0; drop < drops; drop++) {
    told.push(await tellAlert(`Bench ${randomUUID()}`));
    // Slack accepts one message per second: a sooner alert would wait for the one before it.
    await wait(1_500);
  }
  console.log(`\nFile drop to Slack, ${drops} drops:`);
  const parts = {
    'to Kafka': ({ ingestedMs }) => ingestedMs,
    'to the alert': ({ raisedMs }) => raisedMs,
    'to Slack': ({ toldMs }) => toldMs,
    'in all': ({ allMs }) => allMs,
  } satisfies Record<string, (one: Told) => number>;
  for (const [name, part] of Object.entries(parts)) {
    const shown = (share: number) => padStart(formatCount(quantile(told.map(part), share)), 6);
    console.log(` ${padEnd(name, 14)} p50 ${shown(0.5)} ms   p95 ${shown(0.95)} ms`);
  }
}

async function tellAlert(location: string): Promise<Told> {
  const at = new Date().toISOString().slice(0, 19).replace('T', ' ');
  const droppedAt = Date.now();
  const source = await incoming.drop({
    name: `${location}.csv`,
    content: Buffer.from(`${header}${location},${at},45,50,0,4\n`),
  });
  const receivedAt = await waitFor(
    `the message about ${location}`,
    async () => {
      const response = await fetch(`${endpoints.slackInboxUrl}/messages`);
      const messages = (await response.json()) as { receivedAt: string; payload: unknown }[];
      return messages.find(({ payload }) => JSON.stringify(payload).includes(location))?.receivedAt;
    },
    { deadlineMs: 120_000, everyMs: 20 },
  );
  const { rows: found } = await pool.query<{ ingested: Date; raised: Date }>(
    `select i.ingested_at as ingested, min(a.created_at) as raised
       from ingested_files i, weather_alerts a
      where i.source = $1 and a.location = $2
      group by 1`,
    [sourceId(source), location],
  );
  const [times] = found;
  if (!times) throw new Error(`There is no alert for ${location}`);
  const toldAt = Date.parse(receivedAt);
  return {
    ingestedMs: times.ingested.getTime() - droppedAt,
    raisedMs: times.raised.getTime() - times.ingested.getTime(),
    toldMs: toldAt - times.raised.getTime(),
    allMs: toldAt - droppedAt,
  };
}
