import {
  type Confusion,
  emptyConfusion,
  type Figures,
  figuresOf,
  outcomeOf,
} from '../evaluate-model/figures.ts';
import type { Features } from '../score-transaction/features.ts';
import { readScorer } from '../score-transaction/read-scorer.ts';
import type { Scorer } from '../score-transaction/trees.ts';
import { type Decision, decide, deviationOfGain, type Pair } from '../shared/paired-gain.ts';

export interface Request {
  /** Version of the new model. */
  readonly version: string;
  /**
   * Labelled transactions that the new model was not trained on: scored from `fromMs` on, and before `toMs`.
   */
  readonly heldOut: { readonly fromMs: number; readonly toMs: number };
}

export interface HeldOutRow {
  readonly features: Features;
  readonly isFraud: boolean;
}

/** A row of golden.json: features, and the score that the trainer gives them. */
export interface GoldenRow {
  readonly features: Features;
  readonly score: number;
}

/** The content of the object that names the model in use. */
interface Pointer {
  readonly version: string;
  /** The version that was in use before, to go back to. */
  readonly previous?: string;
  readonly eTag: string;
}

export interface Ports {
  readonly readModel: (version: string) => Promise<string>;
  readonly readGolden: (version: string) => Promise<readonly GoldenRow[]>;
  /** Undefined while no trained model is in use. */
  readonly readPointer: () => Promise<Pointer | undefined>;
  /**
   * The shipped model, which is part of the code. It is in use without a pointer, or when the pointer names
   * it.
   */
  readonly shipped: () => Scorer;
  readonly readHeldOut: (span: Request['heldOut']) => AsyncIterable<readonly HeldOutRow[]>;
}

interface Judged {
  readonly version: string;
  readonly confusion: Confusion;
  readonly figures: Figures;
}

export interface Comparison extends Decision {
  readonly candidate: Judged;
  readonly current: Judged & { readonly eTag: string | null };
}

/**
 * Scores the same transactions with the new model and the model in use, each with its own threshold, by the
 * code that scores in production, and with the features that were stored when they were scored: so it gives
 * what it would have given to the live traffic. The new model is better when its F1 is higher by more than
 * the margin, and the 95 % interval of the difference lies above 0.
 * @throws Error when this code does not score the golden rows as the trainer did
 */
export async function compareModels(
  { version, heldOut }: Request,
  margin: number,
  ports: Ports,
): Promise<Comparison> {
  const candidate = readScorer(version, await ports.readModel(version));
  checkAgainstTrainer(candidate, await ports.readGolden(version));
  const inUse = await ports.readPointer();
  const shipped = ports.shipped();
  const current =
    inUse === undefined || inUse.version === shipped.version
      ? shipped
      : readScorer(inUse.version, await ports.readModel(inUse.version));
  const counted = { candidate: { ...emptyConfusion }, current: { ...emptyConfusion } };
  const pairs = new Map<string, Pair>();
  for await (const rows of ports.readHeldOut(heldOut)) {
    for (const { features, isFraud } of rows) {
      const of = {
        candidate: outcomeOf(isFlagged(candidate, features), isFraud),
        current: outcomeOf(isFlagged(current, features), isFraud),
      };
      counted.candidate[of.candidate]++;
      counted.current[of.current]++;
      const key = `${of.candidate} ${of.current}`;
      pairs.set(key, { ...of, count: (pairs.get(key)?.count ?? 0) + 1 });
    }
  }
  const judged = {
    candidate: judge(candidate, counted.candidate),
    current: { ...judge(current, counted.current), eTag: inUse?.eTag ?? null },
  };
  const deviation = deviationOfGain(pairs.values(), counted);
  return { ...judged, ...decide(judged.candidate.figures, judged.current.figures, { margin, deviation }) };
}

/** Largest difference between two scores that count as equal. Scores are from 0 to 1. */
const tolerance = 1e-9;

function checkAgainstTrainer(scorer: Scorer, golden: readonly GoldenRow[]): void {
  if (golden.length === 0) throw new Error(`golden.json of ${scorer.version} has no rows`);
  for (const [row, { features, score }] of golden.entries()) {
    const found = scorer.score(features);
    if (!(Math.abs(found - score) <= tolerance))
      throw new Error(
        `golden.json of ${scorer.version}, row ${row}: the trainer's score is ${score}, found ${found}`,
      );
  }
}

const isFlagged = (scorer: Scorer, features: Features) => scorer.score(features) >= scorer.threshold;

function judge({ version }: Scorer, confusion: Confusion): Judged {
  const figures = figuresOf(confusion);
  if (!figures) throw new Error(`Comparing models on held-out transactions: found none for ${version}`);
  return { version, confusion, figures };
}

/** Asks for all evidence on a model: of its time in shadow, and of transactions since its training. */
export interface EvidenceRequest {
  readonly version: string;
  readonly trainedAtMs: number;
}

/**
 * Reads the input from the workflow, or from `npm run models -- promote`.
 * @throws Error that names the missing or wrong field
 */
export function readRequest(event: unknown): Request | EvidenceRequest {
  const { version, heldOut, trainedAtMs } = Object(event) as Record<string, unknown>;
  const { fromMs, toMs } = Object(heldOut) as Record<string, unknown>;
  if (typeof version !== 'string' || version === '')
    throw new Error('version: found nothing, expected a text');
  if (typeof trainedAtMs === 'number') return { version, trainedAtMs };
  if (typeof fromMs !== 'number' || typeof toMs !== 'number')
    throw new Error('heldOut: expected the numbers fromMs and toMs');
  return { version, heldOut: { fromMs, toMs } };
}
