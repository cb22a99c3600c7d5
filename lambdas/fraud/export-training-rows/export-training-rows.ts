import { createHash } from 'node:crypto';
import type { Execution } from '../shared/execution.ts';

export interface Limits {
  /** Age of the oldest labelled transactions to train on. */
  readonly days: number;
  /** Share of the newest labelled transactions that models are compared on, and never trained on. */
  readonly heldOutShare: number;
  /** Fewest frauds to train on. */
  readonly leastFrauds: number;
  /** Fewest frauds to compare models on. */
  readonly leastHeldOutFrauds: number;
}

/** Labelled transactions scored from `fromMs` on, and before `toMs`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface LabelledCount {
  readonly rows: number;
  readonly frauds: number;
}

export interface Ports {
  /** The time before which this share of the span was scored; undefined for an empty span. */
  readonly timeOfShare: (span: Span, share: number) => Promise<number | undefined>;
  readonly count: (span: Span) => Promise<LabelledCount>;
  /** Rows as lines of JSON, with the field names that the training job reads, in order of scoring. */
  readonly readLines: (span: Span) => AsyncIterable<readonly string[]>;
  /** A new id for each call, since the workflow may retry the export. */
  readonly attemptId: () => string;
  readonly putLines: (key: string, lines: readonly string[]) => Promise<void>;
  /** URL of an object or folder, as the training job takes it. */
  readonly locationOf: (key: string) => string;
}

export interface Export {
  readonly status: 'exported' | 'too-few';
  readonly reason: string;
  /** Version of the model that will be trained on the rows. */
  readonly version: string;
  readonly trainedAt: string;
  readonly data: string;
  readonly training: LabelledCount;
  readonly heldOut: LabelledCount & Span;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Lines in one object, which then has about 30 MB. */
export const linesPerObject = 50_000;

/**
 * Writes the labelled transactions of the last days to the lake. The newest are held out: the new model and
 * the model in use are compared on them. With too few frauds, it writes nothing and returns `too-few`.
 */
export async function exportTrainingRows(
  execution: Execution,
  limits: Limits,
  ports: Ports,
): Promise<Export> {
  const { startedAtMs } = execution;
  const all = { fromMs: startedAtMs - limits.days * dayMs, toMs: startedAtMs };
  const cutMs = (await ports.timeOfShare(all, 1 - limits.heldOutShare)) ?? startedAtMs;
  const trainingSpan = { ...all, toMs: cutMs };
  const heldOutSpan = { ...all, fromMs: cutMs };
  const training = await ports.count(trainingSpan);
  const heldOut = await ports.count(heldOutSpan);
  const version = versionOf(execution);
  // Each attempt has its own folder, so that the job never reads rows of an earlier attempt.
  const prefix = `models/fraud/training/${version}/${ports.attemptId()}/`;
  const made = {
    version,
    trainedAt: `${new Date(startedAtMs).toISOString().slice(0, 19)}Z`,
    data: ports.locationOf(prefix),
    training,
    heldOut: { ...heldOut, ...heldOutSpan },
  };
  const shortage = shortageOf(training, heldOut, limits);
  if (shortage !== undefined) return { ...made, status: 'too-few', reason: shortage };
  await putAll(prefix, ports.readLines(trainingSpan), ports.putLines);
  return { ...made, status: 'exported', reason: `${training.rows} rows with ${training.frauds} frauds` };
}

function shortageOf(training: LabelledCount, heldOut: LabelledCount, limits: Limits): string | undefined {
  const found = (what: string, { frauds }: LabelledCount, least: number) =>
    frauds < least ? `found ${frauds} labelled frauds to ${what}, expected at least ${least}` : undefined;
  return (
    found('train on', training, limits.leastFrauds) ??
    found('compare models on', heldOut, limits.leastHeldOutFrauds)
  );
}

async function putAll(
  prefix: string,
  batches: AsyncIterable<readonly string[]>,
  put: Ports['putLines'],
): Promise<void> {
  let part = 0;
  let waiting: string[] = [];
  const flush = async () => {
    const key = `${prefix}part-${String(part++).padStart(5, '0')}.jsonl`;
    await put(key, waiting);
    waiting = [];
  };
  for await (const lines of batches) {
    for (const line of lines) waiting.push(line);
    if (waiting.length >= linesPerObject) await flush();
  }
  if (waiting.length > 0) await flush();
}

/**
 * Sorts by time, and is the same in every attempt. The job has the right to write to `trained-*` folders
 * only.
 */
function versionOf({ startedAtMs, executionId }: Execution): string {
  const time = new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `trained-${time}-${createHash('sha256').update(executionId).digest('hex').slice(0, 8)}`;
}
