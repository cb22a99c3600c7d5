import type { Query } from '../../shared/postgres/database.ts';
import { totalOf } from '../evaluate-model/figures.ts';
import { newestLabels } from '../evaluate-model/newest-labels.ts';
import { judgeShadow, type ShadowVerdicts } from '../evaluate-model/shadow-pairs.ts';
import type { Decision } from '../shared/paired-gain.ts';
import {
  type Comparison,
  type Ports as ComparisonPorts,
  compareModels,
  type EvidenceRequest,
} from './compare-models.ts';

/** Whether a model is better than that in use, and which that was. */
export interface Evidence extends Decision {
  readonly current: { readonly version: string; readonly eTag: string | null };
}

/** Compares a model with the one in use for a person, who asks before it is promoted. */
export async function gatherEvidence(
  { version, trainedAtMs }: EvidenceRequest,
  nowMs: number,
  ports: ComparisonPorts & { readonly query: Query },
): Promise<Evidence> {
  const inUse = await ports.readPointer();
  const current = { version: inUse?.version ?? ports.shipped().version, eTag: inUse?.eTag ?? null };
  const decision = await evidenceFor({
    readShadow: () => readShadow(ports.query, { challenger: version, champion: current.version }),
    // The model has not seen transactions that were scored after its training.
    scoreNow: () => compareModels({ version, heldOut: { fromMs: trainedAtMs, toMs: nowMs } }, 0, ports),
  });
  return { ...decision, current };
}

/** What a model did in shadow of the model in use, on labelled transactions. */
export interface ShadowRecord {
  readonly verdicts: readonly ShadowVerdicts[];
  readonly scored: number;
  /** Transactions that it was to score, and could not. */
  readonly unscored: number;
}

export interface Ports {
  readonly readShadow: () => Promise<ShadowRecord>;
  /** Scores the labelled transactions since the training of the model now. */
  readonly scoreNow: () => Promise<Pick<Comparison, 'candidate' | 'reason' | 'isBetter'>>;
}

/** Fewest frauds to judge by: finding one more moves the F1 by 0.02, and the interval needs some of each. */
const leastFrauds = 25;

/** Whether a model is better than that in use: by its time in shadow if that has labels enough. */
export async function evidenceFor({ readShadow, scoreNow }: Ports): Promise<Decision> {
  const { verdicts, scored, unscored } = await readShadow();
  if (unscored > 0)
    return {
      isBetter: false,
      reason: `In shadow, it could not score ${unscored} of ${scored + unscored} labelled transactions`,
    };
  const shadow = judgeShadow(verdicts);
  if (shadow && fraudsOf(shadow.challenger.confusion) >= leastFrauds) {
    const { isBetter, reason } = shadow.decision(0);
    return { isBetter, reason: `${reason} (${shadow.labelled} labelled transactions in shadow)` };
  }
  const { candidate, reason, isBetter } = await scoreNow();
  const of = `${totalOf(candidate.confusion)} labelled transactions since its training`;
  const frauds = fraudsOf(candidate.confusion);
  if (frauds >= leastFrauds) return { isBetter, reason: `${reason} (${of})` };
  return { isBetter: false, reason: `${of} have ${frauds} frauds, expected at least ${leastFrauds}` };
}

const fraudsOf = ({ truePositives, falseNegatives }: { truePositives: number; falseNegatives: number }) =>
  truePositives + falseNegatives;

/** Reads what a model did in shadow of another one, on the newest labels. */
export async function readShadow(
  query: Query,
  { challenger, champion }: { readonly challenger: string; readonly champion: string },
): Promise<ShadowRecord> {
  const rows = await query<Omit<ShadowVerdicts, 'challenger'> & { challenger: boolean | null }>(
    `select p.fraud as champion, p.challenger_fraud as challenger, l.is_fraud as "isFraud", count(*)::float8 as count
       from ${newestLabels} l
       join predictions p using (transaction_id)
      where p.challenger_version = $1 and p.model_version = $2
      group by 1, 2, 3`,
    [challenger, champion],
  );
  const sum = (some: readonly { count: number }[]) => some.reduce((total, { count }) => total + count, 0);
  const verdicts = rows.filter((row): row is ShadowVerdicts => row.challenger !== null);
  const scored = sum(verdicts);
  return { verdicts, scored, unscored: sum(rows) - scored };
}
