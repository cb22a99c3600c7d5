// How fast the whole platform is, as it is deployed: from a file to its topic, from the topic to the lake, from the topic to windows
// and alerts; and how soon a row that is dropped is told in Slack. See README.md.
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import pg from 'pg';
import { observationFields } from '../lambdas/shared/wire/observation.ts';
import { synthesisedRows } from '../localstack/generator/rows.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { openIncoming } from '../localstack/run/incoming.ts';
import { launch } from '../localstack/run/launch.ts';
import { formatCount, padEnd, padStart } from '../localstack/terminal/text.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { cpuSeconds } from './cpu-seconds.ts';

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

const stateDir = mkdtempSync(path.join(tmpdir(), 'bench-pipeline-'));
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => interrupted.abort(new Error('interrupted')));
console.log(`Load: ${shownLoad()}. Starting a platform`);
const platform = await launch({
  stateDir,
  anyPorts: true,
  onEvent: () => undefined,
  signal: interrupted.signal,
});
const { endpoints } = platform;
const pool = new pg.Pool({ connectionString: endpoints.postgresUrl, max: 1 });
const lambda = new LambdaClient(localAccount(endpoints));
const incoming = openIncoming(endpoints);
try {
  await Promise.race([run(), platform.failed]);
} finally {
  await pool.end();
  lambda.destroy();
  incoming.close();
  await platform.stop();
  rmSync(stateDir, { recursive: true, force: true });
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

function shownLoad(): string {
  return loadavg()
    .map((load) => load.toFixed(1))
    .join(', ');
}

/** Prints how fast the work was, and what it took of the CPU by program. Work answers its records/s. */
async function measure(what: string, work: () => Promise<number>): Promise<void> {
  const before = cpuSeconds(stateDir);
  const recordsPerSecond = await work();
  const used = [...cpuSeconds(stateDir)]
    .map(([name, seconds]) => ({ name, perMillion: ((seconds - (before.get(name) ?? 0)) / rows) * 1e6 }))
    .filter(({ perMillion }) => perMillion >= 0.05)
    .sort((a, b) => b.perMillion - a.perMillion);
  const all = used.reduce((sum, { perMillion }) => sum + perMillion, 0);
  const programs = used.map(({ name, perMillion }) => `${name} ${perMillion.toFixed(1)}`).join(', ');
  console.log(` ${padEnd(what, 27)}${padStart(formatCount(recordsPerSecond), 9)} records/s`);
  console.log(` ${padEnd('', 27)}${padStart(all.toFixed(1), 9)} CPU-s per million: ${programs}`);
}

/** Drops one file of all rows, and answers how fast it went from the notice of S3 to its last acknowledgement. */
async function ingest(round: number): Promise<number> {
  const schedule = { seed: round, startMs: Date.UTC(2024, 0, 1), rowIntervalMs: 1_000 };
  const source = synthesisedRows(schedule)(round * rows);
  if (!(Symbol.iterator in source)) throw new Error('Rows are synthesised without waiting');
  const lines = Iterator.from(source)
    .take(rows)
    .map((cells) => `${cells.join(',')}\n`);
  const content = Buffer.from(header + [...lines].join(''));
  const ingested = await incoming.drop({ name: `bench-${round}.csv`, content });
  const begun = performance.now();
  await waitFor(
    'the file to be ingested',
    async () => (await pool.query('select from ingested_files where source = $1', [ingested])).rowCount === 1,
    { deadlineMs, everyMs: 50 },
  );
  return (rows / (performance.now() - begun)) * 1000;
}

/** Answers how fast the ledger went from its first advance to `end` records. */
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
  /** From the drop until every row of the file is on Kafka. */
  readonly ingestedMs: number;
  /** From there until the alert is in Postgres. */
  readonly raisedMs: number;
  /** From there until Slack has it. */
  readonly toldMs: number;
  readonly allMs: number;
}

/** Drops a hot row now and then, each of a place of its own, and times its way to Slack. */
async function tellAlerts(drops: number): Promise<void> {
  const told: Told[] = [];
  for (let drop = 0; drop < drops; drop++) {
    told.push(await tellAlert(`Bench ${randomUUID()}`));
    // Slack takes a message a second: a second alert would have to wait for the first.
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
    const sorted = told.map(part).sort((a, b) => a - b);
    const quantile = (share: number) => formatCount(sorted[Math.ceil(sorted.length * share) - 1] ?? 0);
    console.log(
      ` ${padEnd(name, 14)} p50 ${padStart(quantile(0.5), 6)} ms   p95 ${padStart(quantile(0.95), 6)} ms`,
    );
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
    `Slack to hear of ${location}`,
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
    [source, location],
  );
  const [times] = found;
  if (!times) throw new Error(`There is no alert of ${location}`);
  const toldAt = Date.parse(receivedAt);
  return {
    ingestedMs: times.ingested.getTime() - droppedAt,
    raisedMs: times.raised.getTime() - times.ingested.getTime(),
    toldMs: toldAt - times.raised.getTime(),
    allMs: toldAt - droppedAt,
  };
}
