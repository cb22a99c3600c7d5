import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { localstackVenv } from '../../../localstack/setup/tools.mjs';

const page = readFileSync(path.join(import.meta.dirname, '../../../docs/tools.md'), 'utf8');
const blocks = [...page.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands);

const endpoints = {
  awsEndpointUrl: 'http://127.0.0.1:4566',
  lakeBucket: 'the-lake',
  postgresUrl: 'postgresql://127.0.0.1:5432/isobar',
  kafkaBrokers: ['127.0.0.1:9092', '127.0.0.1:9093'],
  apiUrl: 'http://127.0.0.1:4566/v1/',
};

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'isobar-tools-page-'));
  mkdirSync(path.join(folder, '.isobar'));
  writeFileSync(path.join(folder, '.isobar/endpoints.json'), JSON.stringify(endpoints));
  // Each tool notes how it was called.
  for (const tool of ['psql', 'kcat', 'aws', 'awslocal', 'curl', 'npx', 'python3']) {
    const file = path.join(folder, tool);
    writeFileSync(
      file,
      `#!/bin/sh\nprintf '%s\\037' "\${0##*/}" "$@" >> "${folder}/calls"\necho >> "${folder}/calls"\n`,
    );
    chmodSync(file, 0o755);
  }
  const PATH = `${folder}:${path.dirname(process.execPath)}:${process.env.PATH}`;
  execFileSync('bash', ['-e', '-c', blocks.join('\n')], { cwd: folder, env: { PATH }, stdio: 'pipe' });
});
afterAll(() => rmSync(folder, { recursive: true }));

const calls = () =>
  readFileSync(path.join(folder, 'calls'), 'utf8')
    .split('\u001f\n')
    .map((line) => line.split('\u001f'));

test('the page of tools hands each tool the addresses of the platform', () => {
  expect(calls()).toEqual(
    expect.arrayContaining([
      ['kcat', '-b', '127.0.0.1:9092,127.0.0.1:9093', '-L'],
      ['psql', endpoints.postgresUrl, '-c', expect.stringContaining('from ingested_files')],
      ['aws', 's3', 'cp', 'my-weather.csv', 's3://the-lake/incoming/observations/'],
      expect.arrayContaining(['curl', 'http://127.0.0.1:4566/v1/predict']),
    ]),
  );
});

test('the Python of the page is Python', () => {
  const programs = calls().filter(([tool]) => tool === 'python3');
  expect(programs).toHaveLength(1);
  for (const [, , program = ''] of programs)
    execFileSync(
      path.join(localstackVenv, 'bin/python'),
      ['-c', 'import ast, sys; ast.parse(sys.argv[1])', program],
      { stdio: 'pipe' },
    );
});
