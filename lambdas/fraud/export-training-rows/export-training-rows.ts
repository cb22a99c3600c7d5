import { createHash } from 'node:crypto';

export interface Request {
  readonly startedAtMs: number;
  readonly executionId: string;
}

export interface Limits {
  /** How far back labelled transactions are learnt from. */
  readonly days: number;
  /** The share of them, the newest, on which models are compared and none is trained. */
  readonly heldOutShare: number;
  /** Frauds to train on, and to compare by. */
  readonly leastFrauds: number;
  readonly leastHeldOutFrauds: number;
}

/** Labelled transactions that were scored from `fromMs` on, and before `toMs`. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

interface LabelledCount {
  readonly rows: number;
  readonly frauds: number;
}

export interface Ports {
  /** The time before which this share of the span was scored; undefined when there is nothing in it. */
  readonly timeOfShare: (span: Span, share: number) => Promise<number | undefined>;
  readonly count: (span: Span) => Promise<LabelledCount>;
  /** The rows as lines of JSON, under the names that the job reads, in the order in which they were scored. */
  readonly readLines: (span: Span) => AsyncIterable<readonly string[]>;
  /** Another one for each attempt. */
  readonly attemptId: () => string;
  readonly putLines: (key: string, lines: readonly string[]) => Promise<void>;
  /** Where the object or folder is, for the job. */
  readonly locationOf: (key: string) => string;
}

export interface Export {
  readonly status: 'exported' | 'too-few';
  readonly reason: string;
  /** Of the model that is to be made. */
  readonly version: string;
  readonly trainedAt: string;
  readonly data: string;
  readonly training: LabelledCount;
  readonly heldOut: LabelledCount & Span;
}

const dayMs = 24 * 60 * 60 * 1000;

/** Lines in one object: some 30 MB. */
export const linesPerObject = 50_000;

/**
 * Writes the labelled transactions of the last days into the lake, apart from the newest: those are held out, to see on them whether
 * the new model is better than the one in use. With too few frauds it writes nothing, and says so.
 */
export async function exportTrainingRows(request: Request, limits: Limits, ports: Ports): Promise<Export> {
  const { startedAtMs } = request;
  const all = { fromMs: startedAtMs - limits.days * dayMs, toMs: startedAtMs };
  const cutMs = (await ports.timeOfShare(all, 1 - limits.heldOutShare)) ?? startedAtMs;
  const trainingSpan = { ...all, toMs: cutMs };
  const heldOutSpan = { ...all, fromMs: cutMs };
  const training = await ports.count(trainingSpan);
  const heldOut = await ports.count(heldOutSpan);
  const version = versionOf(request);
  // What an attempt before has left, which may be more than this one finds, is not trained on.
  const prefix = `models/fraud/training/${version}/${ports.attemptId()}/`;
  const made = {
    version,
    trainedAt: `${new Date(startedAtMs).toISOString().slice(0, 19)}Z`,
    data: ports.locationOf(prefix),
    training,
    heldOut: { ...heldOut, ...heldOutSpan },
  };
  const lack = lackOf(training, heldOut, limits);
  if (lack !== undefined) return { ...made, status: 'too-few', reason: lack };
  await putAll(prefix, ports.readLines(trainingSpan), ports.putLines);
  return { ...made, status: 'exported', reason: `${training.rows} rows with ${training.frauds} frauds` };
}

function lackOf(training: LabelledCount, heldOut: LabelledCount, limits: Limits): string | undefined {
  const found = (what: string, { frauds }: LabelledCount, least: number) =>
    frauds < least ? `found ${frauds} labelled frauds to ${what}, expected at least ${least}` : undefined;
  return (
    found('train on', training, limits.leastFrauds) ??
    found('compare models by', heldOut, limits.leastHeldOutFrauds)
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

/** Sorts by time, and is the same in every attempt of an execution. The job may write to folders that begin so, and to no other. */
function versionOf({ startedAtMs, executionId }: Request): string {
  const time = new Date(startedAtMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '');
  return `trained-${time}-${createHash('sha256').update(executionId).digest('hex').slice(0, 8)}`;
}

/** Reads what the workflow gives. @throws Error that names the field that is missing or wrong */
export function readRequest(event: unknown): Request {
  const { startedAt, executionId } = Object(event) as Record<string, unknown>;
  const startedAtMs = Date.parse(String(startedAt));
  if (Number.isNaN(startedAtMs)) throw new Error(`startedAt is "${startedAt}", expected a time`);
  if (typeof executionId !== 'string' || executionId === '') throw new Error('executionId is missing');
  return { startedAtMs, executionId };
}
