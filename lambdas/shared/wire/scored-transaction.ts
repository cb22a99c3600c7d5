import {
  missingField,
  objectOf,
  outOfRange,
  parseId,
  parseTime,
  show,
  wrongType,
} from '../failures/fields.ts';
import { type Rule, rules } from '../metrics/fraud-rules.ts';
import { type Transaction, transactionFromWire, transactionToWire } from './transaction.ts';

/** A feature as the model got it. Null for an unknown value. */
type FeatureValue = number | string | null;

/** A record of the topic `transactions`. */
export interface ScoredTransaction {
  readonly transaction: Transaction;
  readonly features: Readonly<Record<string, FeatureValue>>;
  /** Probability of fraud, 0 to 1. */
  readonly score: number;
  /** The model's verdict, or that of a rule. */
  readonly fraud: boolean;
  /** The rule that the transaction breaks. */
  readonly rule: Rule | null;
  readonly modelVersion: string;
  readonly scoredAtMs: number;
}

/** The JSON text of a record of `transactions`. */
export const encodeScoredTransaction = ({ transaction, scoredAtMs, ...rest }: ScoredTransaction): string =>
  JSON.stringify({
    transaction: transactionToWire(transaction),
    ...rest,
    scoredAt: new Date(scoredAtMs).toISOString(),
  });

/**
 * Reads the parsed JSON of a record of `transactions`. Ignores unknown fields outside the transaction itself,
 * which a later producer may add.
 * @throws BadRecord with the first error
 */
export function scoredTransactionFromWire(value: unknown): ScoredTransaction {
  const { transaction, features, score, fraud, rule, modelVersion, scoredAt } = objectOf('record', value);
  return {
    transaction: transactionFromWire(transaction),
    features: parseFeatures(features),
    score: parseScore(score),
    fraud: parseFraud(fraud),
    rule: parseRule(rule),
    modelVersion: parseId('modelVersion', modelVersion),
    scoredAtMs: parseTime('scoredAt', scoredAt),
  };
}

const featureName = /^[a-z][a-z0-9_]{0,63}$/;
const maxFeatures = 100;
const maxCategoryChars = 64;

function parseFeatures(value: unknown): Readonly<Record<string, FeatureValue>> {
  if (value === undefined || value === null) throw missingField('features');
  const features = Object.entries(objectOf('features', value));
  if (features.length > maxFeatures) throw outOfRange('features', features.length, `at most ${maxFeatures}`);
  for (const [name, feature] of features) {
    if (!featureName.test(name)) throw wrongType(`features.${show(name)}`, feature, 'the name of a feature');
    const known =
      feature === null || typeof feature === 'string'
        ? (feature?.length ?? 0) <= maxCategoryChars
        : Number.isFinite(feature);
    if (!known)
      throw wrongType(
        `features.${name}`,
        feature,
        `a number, a text of at most ${maxCategoryChars}, or null`,
      );
  }
  return Object.fromEntries(features) as Record<string, FeatureValue>;
}

function parseScore(value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= 1) return value;
  if (value === undefined || value === null) throw missingField('score');
  throw wrongType('score', value, 'a number from 0 to 1');
}

/** Records of earlier releases have no rule. */
function parseRule(value: unknown): Rule | null {
  if (value === undefined || value === null) return null;
  const rule = rules.find((each) => each === value);
  if (rule === undefined) throw wrongType('rule', value, `one of ${rules.join(', ')}, or null`);
  return rule;
}

function parseFraud(value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  if (value === undefined || value === null) throw missingField('fraud');
  throw wrongType('fraud', value, 'true or false');
}
