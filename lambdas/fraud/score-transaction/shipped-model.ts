import { parseModel } from './model.ts';
import model from './shipped-model/model.json' with { type: 'json' };
import { makeScorer, type Scorer } from './trees.ts';

/** The model that is part of the code: see shipped-model/PROVENANCE.md. */
export const shippedScorer = (): Scorer => makeScorer(parseModel(JSON.stringify(model)));
