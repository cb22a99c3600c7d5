// Writes the bundled sample: `node_modules/.bin/node localstack/generator/write-sample.ts`.
import path from 'node:path';
import { makeSample } from './sample.ts';
import { writeWhole } from './sinks.ts';

const folder = path.join(import.meta.dirname, '../sample');
const { files, readme } = await makeSample();
for (const { name, content } of files) await writeWhole(path.join(folder, name), content);
await writeWhole(path.join(folder, 'README.md'), readme);
