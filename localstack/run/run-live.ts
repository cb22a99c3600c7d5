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
import { openPlatformCounts, type PlatformCounter } from './platform-counts.ts';
import { openTransactionFlow, type TransactionFlow } from './transaction-flow.ts';

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
    driftAfterMs: number | undefined;
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
    driftAfterMs: options.driftAfterMs,
  });
  let filesDropped = 0;
  let state: Measured = {
    counts: await counter.read(),
    rowsPerSecond: [],
    scoring: { ...flow.state(), perSecond: [], drift: undefined, evaluation: undefined },
    lastAlerts: [],
    watchedHour: await counter.watchedHour(),
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
    let pauseMs = readEveryMs;
    while (!signal.aborted) {
      await delay(pauseMs, undefined, { signal }).catch(() => undefined); // aborted: read once more
      const now = Date.now();
      state = await measure(state, (now - readAt) / 1_000, counter, flow);
      readAt = now;
      // To list a lake of many objects takes long: that is not done all the time.
      pauseMs = Math.max(readEveryMs, 4 * (Date.now() - now));
    }
  };
  const urls = urlsOf(endpoints);
  const current = (): LiveState => ({
    ...state,
    urls,
    filesDropped,
    upForMs: Date.now() - startedAt,
  });
  using _screen = openScreen({
    out,
    redraw,
    frame: (width, height) =>
      renderLive(current(), { width, colour, ...(height === undefined ? {} : { height }) }),
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

type Measured = Omit<LiveState, 'filesDropped' | 'upForMs' | 'urls'>;

/** The state of the platform, `seconds` after the previous one. */
async function measure(
  previous: Measured,
  seconds: number,
  counter: PlatformCounter,
  flow: TransactionFlow,
): Promise<Measured> {
  const [counts, lastAlerts, watchedHour, drift, evaluation] = await Promise.all([
    counter.read(),
    counter.lastAlerts(5),
    counter.watchedHour(),
    counter.drift(),
    counter.evaluation(),
  ]);
  const scored = flow.state();
  const append = (rates: readonly number[], change: number) =>
    [...rates, Math.max(0, change) / seconds].slice(-shownSeconds);
  return {
    counts,
    rowsPerSecond: append(previous.rowsPerSecond, counts.rowsLanded - previous.counts.rowsLanded),
    scoring: {
      ...scored,
      perSecond: append(previous.scoring.perSecond, scored.scored - previous.scoring.scored),
      drift,
      evaluation,
    },
    lastAlerts,
    watchedHour,
  };
}

const urlsOf = ({
  consoleUrl,
  awsEndpointUrl,
  kafkaBrokers,
  postgresUrl,
  prometheusUrl,
  lakeBucket,
  incomingPrefix,
  apiUrl,
}: Endpoints) => [
  { name: 'Console', url: consoleUrl },
  { name: 'Slack messages', url: `${consoleUrl}/slack` },
  { name: 'API', url: apiUrl },
  ...(prometheusUrl === '' ? [] : [{ name: 'Prometheus', url: prometheusUrl }]),
  { name: 'AWS endpoint', url: awsEndpointUrl },
  { name: 'Kafka brokers', url: kafkaBrokers.join(',') },
  { name: 'Postgres', url: postgresUrl },
  { name: 'Drop files in', url: `s3://${lakeBucket}/${incomingPrefix}` },
  { name: 'Endpoints', url: path.join('.isobar', 'endpoints.json') },
];
