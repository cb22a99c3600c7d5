// Measures the whole deployed platform: records/s from a file to its topic, from the topic to the lake, and
// from the topic to windows and alerts; and the time from a dropped file to its alert in Slack. See
// README.md.
import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { sourceId } from '../lambdas/shared/kafka/source.ts';
import { formatCount, padEnd, padStart } from '../localstack/terminal/text.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { header, measure, openPipeline } from './deployed-pipeline.ts';
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
const consumers = ['land-observations', 'watch-weather'] as const;

const platform = await openOwnPlatform('pipeline', { deployed: true });
const { endpoints, stateDir } = platform;
const { pool, incoming, ingest, consume, setEnabled, close } = openPipeline(endpoints, rows);
try {
  await Promise.race([run(), platform.failed]);
} finally {
  await close();
  await platform.remove();
}

async function run(): Promise<void> {
  for (let round = 1; round <= Number(options.rounds); round++) {
    console.log(`\nRound ${round}: ${formatCount(rows)} rows`);
    for (const consumer of consumers) await setEnabled(consumer, false);
    await measure('file → topic', { stateDir, rows }, () => ingest(round));
    for (const consumer of consumers) {
      await setEnabled(consumer, true);
      await measure(`topic → ${consumer}`, { stateDir, rows }, () => consume(consumer, round * rows));
      await setEnabled(consumer, false);
    }
  }
  for (const consumer of consumers) await setEnabled(consumer, true);
  await tellAlerts(Number(options.drops));
  console.log(`\nLoad: ${shownLoad()}`);
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
