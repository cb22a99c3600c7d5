import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { type Endpoints, writeEndpoints } from '../../../localstack/endpoints.ts';

test('commands use the platform whose folder ISOBAR_STATE_DIR names', async () => {
  const stateDir = mkdtempSync(path.join(tmpdir(), 'isobar-state-'));
  process.env.ISOBAR_STATE_DIR = stateDir;
  try {
    const { runningPlatform } = await import('../../../bin/shared/running-platform.ts');
    const endpoints = { lakeBucket: 'a-lake', apiUrl: 'http://127.0.0.1:1/' } as Endpoints;
    writeEndpoints(endpoints, stateDir);
    expect(runningPlatform()).toEqual(endpoints);
    writeEndpoints({ lakeBucket: '', platformOnly: true } as Endpoints, stateDir);
    expect(() => runningPlatform()).toThrow(/without the stacks of Isobar .* `npm start`/);
  } finally {
    delete process.env.ISOBAR_STATE_DIR;
    rmSync(stateDir, { recursive: true });
  }
});
