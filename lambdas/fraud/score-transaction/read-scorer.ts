import { parseModel } from './model.ts';
import { makeScorer, type Scorer } from './trees.ts';

/**
 * Makes a scorer from the text of a version's model.json.
 * @throws Error when the text is no model, or the model of another version
 */
export function readScorer(version: string, text: string): Scorer {
  const model = parseModel(text);
  if (model.version !== version) throw new Error(`model.json of ${version} has the version ${model.version}`);
  return makeScorer(model);
}
