import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoints } from '../endpoints.ts';
import { dropFiles } from '../generator/drop-files.ts';
import { observationsFiles } from '../generator/files.ts';
import { synthesisedRows } from '../generator/rows.ts';
import { renderLive, renderLiveLine } from '../terminal/live.ts';
import { openScreen, type ScreenProps } from '../terminal/screen.ts';
import type { LiveState } from '../terminal/state.ts';
import { openIncoming } from './incoming.ts';
import { openPlatformCounts } from './platform-counts.ts';
import { openTransactionFlow } from './transaction-flow.ts';

const readEveryMs = 1_000;
const shownSeconds = 60;
const dropEveryMs = 3_000;
/** Event time between two rows: a file of 60 rows covers a quarter of an hour. */
const rowIntervalMs = 15_000;

/**
 * Drops a small file every few seconds, sends transactions, and shows the live view, until the signal aborts.
 */
export async function runLive(
  options: Pick<ScreenProps, 'out' | 'redraw'> & {
    colour: boolean;
    endpoints: Endpoints;
    signal: AbortSignal;
  },
): Promise<void> {
  const { endpoints, signal, colour, out, redraw } = options;
  const incoming = openIncoming(endpoints);
  const counter = await openPlatformCounts(endpoints);
  const startedAt = Date.now();
  const flow = await openTransactionFlow(endpoints, {
    nowMs: startedAt,
    dropLabels: incoming.dropLabels,
  });
  let filesDropped = 0;
  let state: Omit<LiveState, 'filesDropped' | 'upForMs'> = {
    counts: await counter.read(),
    rowsPerSecond: [],
    scoring: { ...flow.state(), perSecond: [], drift: undefined, evaluation: undefined },
    lastAlerts: [],
    watchedHour: await counter.watchedHour(),
    urls: urlsOf(endpoints),
  };

  const dropping = dropFiles({
    files: observationsFiles({
      source: synthesisedRows({ seed: startedAt, startMs: startedAt, rowIntervalMs }),
      seed: startedAt,
      rowsPerFile: 60,
      errorRate: 0.03,
    }),
    drop: incoming.drop,
    intervalMs: dropEveryMs,
    onDropped: async () => {
      filesDropped += 1;
    },
    signal,
  });
  const reading = async () => {
    let readAt = Date.now();
    while (!signal.aborted) {
      await delay(readEveryMs, undefined, { signal }).catch(() => undefined); // aborted: read once more
      const counts = await counter.read();
      const seconds = (Date.now() - readAt) / 1_000;
      readAt = Date.now();
      const rate = Math.max(0, counts.rowsLanded - state.counts.rowsLanded) / seconds;
      const rowsPerSecond = [...state.rowsPerSecond, rate].slice(-shownSeconds);
      const scored = flow.state();
      const scoredRate = (scored.scored - state.scoring.scored) / seconds;
      const perSecond = [...state.scoring.perSecond, scoredRate].slice(-shownSeconds);
      const [lastAlerts, watchedHour, drift, evaluation] = await Promise.all([
        counter.lastAlerts(5),
        counter.watchedHour(),
        counter.drift(),
        counter.evaluation(),
      ]);
      const scoring = { ...scored, perSecond, drift, evaluation };
      state = { ...state, counts, rowsPerSecond, scoring, lastAlerts, watchedHour };
    }
  };
  const current = (): LiveState => ({ ...state, filesDropped, upForMs: Date.now() - startedAt });
  using _screen = openScreen({
    out,
    redraw,
    frame: (width) => renderLive(current(), { width, colour }),
    line: () => renderLiveLine(current()),
    lineEveryMs: 5_000,
  });
  try {
    await Promise.all([dropping, flow.run(signal), reading()]);
  } finally {
    await counter.close();
    incoming.close();
  }
}

const urlsOf = ({
  awsEndpointUrl,
  kafkaBrokers,
  postgresUrl,
  slackInboxUrl,
  lakeBucket,
  incomingPrefix,
  apiUrl,
}: Endpoints) => [
  { name: 'Slack inbox', url: slackInboxUrl },
  { name: 'API', url: apiUrl },
  { name: 'AWS endpoint', url: awsEndpointUrl },
  { name: 'Kafka brokers', url: kafkaBrokers.join(',') },
  { name: 'Postgres', url: postgresUrl },
  { name: 'Drop files in', url: `s3://${lakeBucket}/${incomingPrefix}` },
  { name: 'Endpoints', url: path.join('.isobar', 'endpoints.json') },
];
