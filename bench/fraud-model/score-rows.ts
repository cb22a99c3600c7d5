// Prints the shipped model's score of each row of a training.jsonl, for other tools. See ../README.md.
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { shippedScorer } from '../../lambdas/fraud/score-transaction/shipped-model.ts';

const [file] = process.argv.slice(2);
if (file === undefined)
  throw new Error('expected a file of training rows, as `npm run generate -- transactions --to` writes');
const scorer = shippedScorer();
for await (const line of createInterface({ input: createReadStream(file) }))
  process.stdout.write(`${scorer.score(JSON.parse(line).features)}\n`);
