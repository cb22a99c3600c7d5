import {
  type FeatureName,
  type Features,
  featureKinds,
} from '../../lambdas/fraud/score-transaction/features.ts';

const typeOf = { number: 'number', category: 'string' } as const;

/**
 * Reads the features of a line of a training file. A missing value is null: a feature that is absent is an
 * error, since the model would score it as missing.
 * @param names the features that the model reads
 * @throws Error that names the first wrong feature
 */
export function trainingRow(line: string, names: readonly FeatureName[]): Features {
  const { features } = Object(JSON.parse(line)) as { features?: unknown };
  if (typeof features !== 'object' || features === null)
    throw new Error('found no features, expected {"features": {…}, …}');
  for (const name of names) {
    const value = (features as Record<string, unknown>)[name];
    const type = typeOf[featureKinds[name]];
    if (value !== null && typeof value !== type)
      throw new Error(`${name}: found ${JSON.stringify(value) ?? 'nothing'}, expected a ${type} or null`);
  }
  return features as Features;
}
