import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, expect, test } from '@jest/globals';
import { localEnvironment } from '../../localstack/deploy/environment.ts';
import { projectNode, projectRoot } from '../../localstack/setup/tools.mjs';
import { openDeployedPlatform } from './deployed-platform.ts';

const platform = openDeployedPlatform();
const assembly = mkdtempSync(path.join(tmpdir(), 'isobar-cdk-'));
afterAll(async () => {
  rmSync(assembly, { recursive: true, force: true });
  await platform.close();
});

/** Runs the CDK's command line on the platform, as docs/aws.md says. */
async function cdk(...args: string[]): Promise<string> {
  const bin = path.join(projectRoot, 'node_modules/.bin');
  const { awsEndpointUrl: endpointUrl, region } = platform.endpoints;
  const env = {
    ...localEnvironment({ endpointUrl, region }, process.env),
    PATH: `${bin}:${process.env.PATH}`,
    // `npm run synth` and the templates' tests check them; here it would take most of the time.
    CDK_VALIDATION: 'false',
    CDK_DISABLE_CLI_TELEMETRY: 'true',
  };
  const command = [path.join(bin, 'cdk'), ...args, '--no-notices', '--no-color'];
  const { stdout, stderr } = await promisify(execFile)(projectNode, command, { cwd: projectRoot, env });
  return stdout + stderr;
}

test("after npm's deploy, cdk diff finds no difference, and cdk deploy nothing to change in any stack", async () => {
  // It fails when there is a difference.
  const compared = await cdk('diff', '--all', '--fail', '-c', 'stage=local', '--output', assembly);
  const stacks = [...compared.matchAll(/^Stack (\w+ \(isobar-local-\w+\))/gm)].map(([, stack]) => stack);
  expect(stacks.length).toBeGreaterThan(6);
  const deployed = await cdk('deploy', '--all', '--app', assembly, '--require-approval', 'never');
  const unchanged = [...deployed.matchAll(/(\w+ \(isobar-local-\w+\)) \(no changes\)$/gm)].map(
    ([, stack]) => stack,
  );
  expect(unchanged.sort()).toEqual(stacks.sort());
});
