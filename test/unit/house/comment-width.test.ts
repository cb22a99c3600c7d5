import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';

const root = join(import.meta.dirname, '../../..');
const maxColumns = 110;

/** A line that is a comment, or ends in one. A link of its own may be as long as it is. */
const comments: Readonly<Record<string, RegExp>> = {
  ts: /^\s*(\/\/|\/?\*)|\s\/\/ |\/\*\*/,
  mts: /^\s*(\/\/|\/?\*)|\s\/\/ |\/\*\*/,
  mjs: /^\s*(\/\/|\/?\*)|\s\/\/ |\/\*\*/,
  cjs: /^\s*(\/\/|\/?\*)|\s\/\/ |\/\*\*/,
  sql: /--/,
  py: /(^|\s)#\s/,
  sh: /#/,
  yml: /#/,
};
const onlyALink = /^\W*(@see )?https?:\S+$/;

const sources = globSync(
  Object.keys(comments).map(
    (extension) => `{bin,lib,lambdas,glue-scripts,localstack,test,bench}/**/*.${extension}`,
  ),
  {
    cwd: root,
    exclude: (name) => /node_modules|\.isobar|__pycache__|\.egg-info|\bdist\b/.test(String(name)),
  },
);

test(`no comment is wider than ${maxColumns} columns`, () => {
  expect(sources.length).toBeGreaterThan(500);
  const tooWide = sources.flatMap((file) =>
    readFileSync(join(root, file), 'utf8')
      .split('\n')
      .flatMap((line, index) =>
        [...line].length > maxColumns && isComment(file, line) && !onlyALink.test(line)
          ? [`${file}:${index + 1}: ${[...line].length} columns`]
          : [],
      ),
  );
  expect(tooWide).toEqual([]);
});

function isComment(file: string, line: string): boolean {
  return comments[file.slice(file.lastIndexOf('.') + 1)]?.test(line) ?? false;
}
