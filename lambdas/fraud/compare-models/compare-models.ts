import {
  type Confusion,
  type Figures,
  figuresOf,
  nothingJudged,
  outcomeOf,
} from '../evaluate-model/figures.ts';
import type { Features } from '../score-transaction/features.ts';
import { parseModel } from '../score-transaction/model.ts';
import { makeScorer, type Scorer } from '../score-transaction/trees.ts';

export interface Request {
  /** Of the new model. */
  readonly version: string;
  /** The labelled transactions that it has not seen: scored from `fromMs` on, and before `toMs`. */
  readonly heldOut: { readonly fromMs: number; readonly toMs: number };
}

export interface HeldOutRow {
  readonly features: Features;
  readonly isFraud: boolean;
}

/** A row of golden.json: what Spark itself says of these features. */
export interface GoldenRow {
  readonly features: Features;
  readonly score: number;
}

/** What the object says that tells which model is in use. */
interface Pointer {
  readonly version: string;
  readonly eTag: string;
}

export interface Ports {
  readonly readModel: (version: string) => Promise<string>;
  readonly readGolden: (version: string) => Promise<readonly GoldenRow[]>;
  /** Undefined while there is none. */
  readonly readPointer: () => Promise<Pointer | undefined>;
  /** The model that is in use then, or when the pointer names it: it lies in no lake. */
  readonly shipped: () => Scorer;
  readonly readHeldOut: (span: Request['heldOut']) => AsyncIterable<readonly HeldOutRow[]>;
}

interface Judged {
  readonly version: string;
  readonly confusion: Confusion;
  readonly figures: Figures;
}

export interface Comparison {
  readonly candidate: Judged;
  readonly current: Judged & { readonly eTag: string | null };
  readonly isBetter: boolean;
  readonly reason: string;
}

/**
 * Lets both models judge the same transactions, each by its own threshold and in the code that scores in production. The new one is better
 * when its F1 is higher by more than the margin: below it, chance may have decided.
 * @throws Error when this code does not score as Spark did: then the model is not the one that was trained
 */
export async function compareModels(
  { version, heldOut }: Request,
  margin: number,
  ports: Ports,
): Promise<Comparison> {
  const candidate = scorerOf(await ports.readModel(version), version);
  checkAgainstSpark(candidate, await ports.readGolden(version));
  const inUse = await ports.readPointer();
  const shipped = ports.shipped();
  const current =
    inUse === undefined || inUse.version === shipped.version
      ? shipped
      : scorerOf(await ports.readModel(inUse.version), inUse.version);
  const counted = { candidate: { ...nothingJudged }, current: { ...nothingJudged } };
  for await (const rows of ports.readHeldOut(heldOut)) {
    for (const { features, isFraud } of rows) {
      counted.candidate[outcomeOf(isFraudBy(candidate, features), isFraud)]++;
      counted.current[outcomeOf(isFraudBy(current, features), isFraud)]++;
    }
  }
  const judged = {
    candidate: judge(candidate, counted.candidate),
    current: { ...judge(current, counted.current), eTag: inUse?.eTag ?? null },
  };
  return { ...judged, ...decide(judged.candidate.figures, judged.current.figures, margin) };
}

function scorerOf(text: string, expected: string): Scorer {
  const model = parseModel(text);
  if (model.version !== expected)
    throw new Error(`model.json of ${expected} says that it is ${model.version}`);
  return makeScorer(model);
}

/** Of scores, which are from 0 to 1. */
const tolerance = 1e-9;

function checkAgainstSpark(scorer: Scorer, golden: readonly GoldenRow[]): void {
  if (golden.length === 0) throw new Error(`golden.json of ${scorer.version} has no rows`);
  for (const [row, { features, score }] of golden.entries()) {
    const found = scorer.score(features);
    if (!(Math.abs(found - score) <= tolerance))
      throw new Error(
        `golden.json of ${scorer.version}, row ${row}: Spark's score is ${score}, found ${found}`,
      );
  }
}

const isFraudBy = (scorer: Scorer, features: Features) => scorer.score(features) >= scorer.threshold;

function judge({ version }: Scorer, confusion: Confusion): Judged {
  const figures = figuresOf(confusion);
  if (!figures) throw new Error('There are no held out transactions to compare models by');
  return { version, confusion, figures };
}

export function decide(
  candidate: Pick<Figures, 'f1'>,
  current: Pick<Figures, 'f1'>,
  margin: number,
): Pick<Comparison, 'isBetter' | 'reason'> {
  const gain = candidate.f1 - current.f1;
  const isBetter = gain > margin;
  const compared = `F1 ${current.f1.toFixed(3)} → ${candidate.f1.toFixed(3)}`;
  const verdict = isBetter ? 'better by more than' : 'not better by more than';
  return { isBetter, reason: `${compared}: ${verdict} ${margin}` };
}

/** Reads what the workflow gives. @throws Error that names the field that is missing or wrong */
export function readRequest(event: unknown): Request {
  const { version, heldOut } = Object(event) as Record<string, unknown>;
  const { fromMs, toMs } = Object(heldOut) as Record<string, unknown>;
  if (typeof version !== 'string' || version === '') throw new Error('version is missing');
  if (typeof fromMs !== 'number' || typeof toMs !== 'number') throw new Error('heldOut is no span of time');
  return { version, heldOut: { fromMs, toMs } };
}
