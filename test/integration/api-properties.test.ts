import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { openApi } from '../../lambdas/fraud/show-metrics/openapi.ts';
import { readApiToken } from '../../localstack/run/api-token.ts';
import { projectRoot, sparkVenv } from '../../localstack/setup/tools.mjs';
import { openDeployedPlatform } from './deployed-platform.ts';

const platform = openDeployedPlatform();
const scratch = mkdtempSync(path.join(tmpdir(), 'schemathesis-'));
afterAll(async () => {
  // The samples that the requests set: no other sample is of that time.
  await platform.rows("delete from metric_gauges where observed_at = '1970-01-01'");
  await platform.close();
  rmSync(scratch, { recursive: true });
});

/** The output of schemathesis, which exits with 1 for a finding. */
async function tryApi(): Promise<string> {
  const { endpoints } = platform;
  const description = new URL('openapi.json', endpoints.apiUrl);
  // Schemathesis does not resolve a relative address by that of the description.
  const server = new URL(openApi.servers[0].url, description).href;
  const of = (name: string) => path.join(projectRoot, 'test/api', name);
  try {
    const { stdout } = await promisify(execFile)(
      path.join(sparkVenv, 'bin/st'),
      // Fails after 20 failures, whose requests the output names.
      [
        ...['--config-file', of('schemathesis.toml'), 'run', description.href],
        ...['--url', server.replace(/\/$/, ''), '--workers=4', '--no-color', '--max-failures=20'],
      ],
      {
        cwd: scratch,
        maxBuffer: 2 ** 26,
        env: {
          ...process.env,
          PYTHONDONTWRITEBYTECODE: '1',
          SCHEMATHESIS_HOOKS: of('schemathesis_hooks.py'),
          PREDICT_TOKEN: await readApiToken(endpoints, 'predict'),
          UPDATE_METRICS_TOKEN: await readApiToken(endpoints, 'update-metrics'),
          METRICS_TOKEN: await readApiToken(endpoints, 'metrics'),
          CLOUDWATCH_TOKEN: await readApiToken(endpoints, 'cloudwatch'),
        },
      },
    );
    return stdout;
  } catch (error) {
    // A body of 60 kB would hide the rest.
    throw new Error(Object(error).stdout?.replaceAll(/(?<=.{600}).+/g, '…'), { cause: error });
  }
}

test('every answer to valid and invalid requests is as the OpenAPI description says', async () => {
  const output = await tryApi();
  expect(output).toContain('No issues found');
  const [, tested] = /Tested: (\d+)/.exec(output) ?? [];
  expect(Number(tested)).toBeGreaterThanOrEqual(Object.keys(openApi.paths).length - 1);
  const [, passed] = /(\d+) generated, \1 passed/.exec(output) ?? [];
  expect(Number(passed)).toBeGreaterThan(300);
});
