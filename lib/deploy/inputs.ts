import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** All that decides what the CDK app writes, beside its arguments. The lock file stands for node_modules. */
export const inputs = [
  'bin/isobar.ts',
  'cdk.json',
  'glue-scripts',
  'lambdas',
  'lib',
  'localstack/chaos',
  'package-lock.json',
  'package.json',
  'tsconfig.json',
];

/** @returns SHA-256 of the files below `root` and of the settings */
export async function hashOfInputs(root: string, settings: object): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify(settings));
  const files = (await Promise.all(inputs.map((input) => filesBelow(root, input)))).flat().toSorted();
  const contents = await Promise.all(files.map((file) => readFile(join(root, file))));
  files.forEach((file, index) => {
    const content = contents[index] ?? '';
    hash.update(`${file}\n${content.length}\n`).update(content);
  });
  return hash.digest('hex');
}

async function filesBelow(root: string, input: string): Promise<string[]> {
  if ((await stat(join(root, input))).isFile()) return [input];
  const entries = await readdir(join(root, input), { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.parentPath.includes('__pycache__'))
    .map(({ parentPath, name }) => join(parentPath, name).slice(root.length + 1));
}
