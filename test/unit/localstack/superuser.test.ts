import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { projectRoot } from '../../../localstack/setup/tools.mjs';

/** They start the server or show its address. Everything else logs in as a role. */
const allowed = [
  'bin/test.ts',
  'localstack/endpoints.ts',
  'localstack/platform/emulator.ts',
  'localstack/platform/postgres.ts',
  'localstack/platform/services.ts',
  'localstack/run/run-live.ts',
  'localstack/terminal/platform.ts',
];

test('commands and services connect to the database as roles: few files know the address of the superuser', () => {
  const files = globSync(['bin/**/*.ts', 'localstack/**/*.ts'], { cwd: projectRoot });
  const knowing = files.filter((file) =>
    readFileSync(path.join(projectRoot, file), 'utf8').includes('postgresUrl'),
  );
  expect(knowing.sort()).toEqual(allowed);
});
