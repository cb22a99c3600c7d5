import { existsSync, globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';

const root = path.resolve(import.meta.dirname, '../../..');
const read = (file: string) => readFileSync(path.join(root, file), 'utf8');
const filesOf = (pattern: string) =>
  globSync(pattern, {
    cwd: root,
    exclude: (name) => /node_modules|\.isobar|\bdist\b|cdk\.out/.test(String(name)),
  });
const documents = filesOf('{*.md,{docs,bench,lambdas,lib,localstack,test,.github}/**/*.md}');

const withoutCode = (text: string) =>
  text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').replaceAll(/`[^`\n]*`/g, '');

/** What GitHub makes of a heading. */
const anchorOf = (heading: string) =>
  heading
    .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');

const anchorsIn = (text: string) => {
  const headings = [...text.replaceAll(/^( *)```[\s\S]*?^\1```$/gm, '').matchAll(/^#+ (.*)$/gm)];
  const named = [...text.matchAll(/<a (?:id|name)="([^"]+)"/g)].map(([, name]) => name);
  return new Set([...headings.map(([, heading = '']) => anchorOf(heading)), ...named]);
};

test.each(documents)('%s links to files and headings that exist', (file) => {
  const links = [...withoutCode(read(file)).matchAll(/\]\((?!\w+:)([^)\s]*)\)/g)].map(
    ([, link = '']) => link,
  );
  const broken = links.filter((link) => {
    const [target = '', anchor] = link.split('#');
    const linked = target === '' ? file : path.join(path.dirname(file), target);
    if (!existsSync(path.join(root, linked))) return true;
    return anchor !== undefined && linked.endsWith('.md') && !anchorsIn(read(linked)).has(anchor);
  });
  expect(broken).toEqual([]);
});

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const optionsOf = (name: string) =>
  globSync(`bin/usage/${name}{,-*}.txt`, { cwd: root }).map(read).join('\n');

test.each(documents)('%s names scripts that exist, with options that their usage has', (file) => {
  // Another package has scripts of its own.
  if (/extension|kafka-poller/.test(file)) return;
  const commands = [...read(file).matchAll(/\bnpm (?:run ([\w:-]+)|(start|stop|test)\b)([^\n`|]*)/g)];
  const wrong = commands.flatMap(([command, script, short, rest = '']) => {
    const name = script ?? short ?? '';
    const [, source] = /bin\/(\w+)\.ts/.exec(scripts[name] ?? '') ?? [];
    if (scripts[name] === undefined) return [command];
    const options = source === undefined ? [] : (rest.match(/(?<= )--[a-z][\w-]*/g) ?? []);
    return options
      .filter((option) => option !== '--help' && !optionsOf(source ?? '').includes(option))
      .map((option) => `${name} ${option}`);
  });
  expect(wrong).toEqual([]);
});

const tests = new Set(filesOf('**/{*.test.ts,test_*.py}').map((file) => path.basename(file)));

test.each(documents)('%s names tests that exist', (file) => {
  const named = [...read(file).matchAll(/`(?:[\w./-]+\/)?([\w-]+\.test\.ts|test_\w+\.py)`/g)].map(
    ([, name = '']) => name,
  );
  expect(named.filter((name) => !tests.has(name))).toEqual([]);
});

test('every document of docs/ can be found from the README or from a document that it links', () => {
  const found = new Set<string>();
  const follow = (file: string): void => {
    if (found.has(file) || !file.endsWith('.md')) return;
    found.add(file);
    for (const [, target = ''] of withoutCode(read(file)).matchAll(/\]\((?!\w+:)([^)#\s]+)/g)) {
      const linked = path.join(path.dirname(file), target);
      if (existsSync(path.join(root, linked))) follow(linked);
    }
  };
  follow('README.md');
  expect(documents.filter((file) => /^docs\/[^/]+$/.test(file) && !found.has(file))).toEqual([]);
});

test('docs/troubleshooting.md quotes messages that the code has', () => {
  const code = filesOf('{bin,lib,lambdas,localstack}/**/*.{ts,tsx,mjs}')
    .map(read)
    .join('\n')
    .replaceAll('\\`', '`');
  const quoted = [...read('docs/troubleshooting.md').matchAll(/^\| (?:\d+ )?`([^`]+)` \|/gm)].map(
    ([, message = '']) => message,
  );
  expect(quoted.length).toBeGreaterThan(20);
  const parts = quoted.flatMap((message) => message.split('…')).map((part) => part.trim());
  expect(parts.filter((part) => !code.includes(part))).toEqual([]);
});
