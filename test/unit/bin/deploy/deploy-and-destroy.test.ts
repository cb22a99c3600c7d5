import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { deployToAws, type Ports, renderDeployed } from '../../../../bin/deploy/deploy-to-aws.ts';
import { destroyStage } from '../../../../bin/deploy/destroy-stage.ts';
import { exitCodeOf } from '../../../../bin/shared/command.ts';
import { confirm } from '../../../../bin/shared/confirm.ts';
import { stages } from '../../../../lib/config.ts';
import { projectNode, projectRoot } from '../../../../localstack/setup/tools.mjs';

const printed: string[] = [];
const complained: string[] = [];
jest.spyOn(console, 'log').mockImplementation((line) => void printed.push(String(line)));
jest.spyOn(console, 'error').mockImplementation((line) => void complained.push(String(line)));
afterEach(() => {
  printed.length = 0;
  complained.length = 0;
});

// As in a pipeline, whatever runs these tests.
const isTty = Object.getOwnPropertyDescriptor(process.stdin, 'isTTY');
beforeAll(() => void Object.defineProperty(process.stdin, 'isTTY', { value: false, configurable: true }));
afterAll(() => void Object.defineProperty(process.stdin, 'isTTY', isTty ?? { value: undefined }));

/** An account in which everything works, and what was done to it. */
function account(change: Partial<Ports> = {}) {
  const done: string[] = [];
  const ports: Ports = {
    identify: async () => ({ check: 'credentials', result: 'ok', found: 'account 1' }),
    synthesize: async () => 'templates',
    check: async () => [{ check: 'zones', result: 'ok', found: 'use1-az1' }],
    diff: async () => ['isobar-dev-weather'],
    confirm,
    deploy: async (assembly) => {
      done.push(`deployed ${assembly}`);
      return { 'isobar-dev-fraud': { ApiUrl: 'https://api', PublishOutputFnGetAttTopic: 'arn' } };
    },
    ...change,
  };
  return { ports, done };
}

const deploy = (ports: Ports, isConfirmed: boolean) =>
  exitCodeOf('deploy', async () => {
    const outputs = await deployToAws({ stage: 'dev', isConfirmed }, ports);
    return outputs ? 0 : 1;
  });

test('a deploy with --yes shows the checks and the changes, deploys, and exits with 0', async () => {
  const { ports, done } = account();
  expect(await deploy(ports, true)).toBe(0);
  expect(printed.join('\n')).toMatch(/zones[\s\S]*Changes:\nStacks that change: isobar-dev-weather$/);
  expect(done).toEqual(['deployed templates']);
  expect(complained).toEqual([]);
});

test('a deploy without a terminal and without --yes changes nothing, names --yes, and exits with 1', async () => {
  const { ports, done } = account();
  expect(await deploy(ports, false)).toBe(1);
  expect(done).toEqual([]);
  expect(complained).toEqual(['Deploying stage dev needs a confirmation. Add --yes to confirm it here.']);
});

test('a deploy asks for the name of the stage, after the changes', async () => {
  const asked: string[] = [];
  const { ports } = account({
    confirm: async (question, word) => void asked.push(...printed.slice(-1), question, word),
  });
  expect(await deploy(ports, false)).toBe(0);
  expect(asked).toEqual(['Stacks that change: isobar-dev-weather', 'Deploy stage dev to AWS?', 'dev']);
});

test('a deploy to an account that is not ready says what to do, asks nothing, and exits with 1', async () => {
  const { ports, done } = account({
    check: async () => [
      {
        check: 'bootstrap',
        result: 'stop',
        found: 'the stack CDKToolkit is absent',
        todo: 'npx cdk bootstrap',
      },
      { check: 'zones', result: 'ok', found: 'use1-az1' },
    ],
    diff: () => Promise.reject(new Error('compared')),
  });
  expect(await deploy(ports, true)).toBe(1);
  expect(printed.join('\n')).toContain('npx cdk bootstrap');
  expect(complained).toEqual(['\nNot deployed: 1 of the checks above would make it fail.']);
  expect(done).toEqual([]);
});

test('without credentials, a deploy writes no templates, says how to sign in, and exits with 1', async () => {
  const { ports, done } = account({
    identify: async () => ({ check: 'credentials', result: 'stop', found: 'none', todo: 'aws sso login' }),
    synthesize: () => Promise.reject(new Error('synthesized')),
  });
  expect(await deploy(ports, true)).toBe(1);
  expect(printed).toEqual([expect.stringContaining('aws sso login')]);
  expect(complained).toEqual(['\nNot deployed: 1 of the checks above would make it fail.']);
  expect(done).toEqual([]);
});

test('a deploy that fails prints what CloudFormation says, and exits with 1', async () => {
  const { ports } = account({ deploy: () => Promise.reject(new Error('Postgres: quota exceeded')) });
  expect(await deploy(ports, true)).toBe(1);
  expect(complained).toEqual(['Postgres: quota exceeded']);
});

test('a deploy without changes says so', async () => {
  const { ports } = account({ diff: async () => [] });
  await deploy(ports, true);
  expect(printed.at(-1)).toBe('No template changes.');
});

test('after a deploy, the outputs for people are shown, without those for other stacks', () => {
  const outputs = { 'isobar-dev-fraud': { ApiUrl: 'https://api', PublishOutputFnGetAttTopic: 'arn' } };
  expect(renderDeployed('dev', outputs)).toEqual([
    'Stage dev is deployed.',
    'ApiUrl                   https://api',
  ]);
});

function destroying(stage: 'local' | 'dev' | 'prod', isConfirmed: boolean) {
  const done: string[] = [];
  const ports = {
    synthesize: async () => {
      done.push('synthesized');
      return 'templates';
    },
    confirm,
    destroy: async (assembly: string) => void done.push(`destroyed ${assembly}`),
  };
  const options = { stage, config: stages[stage], isConfirmed };
  return { done, code: exitCodeOf('destroy', () => destroyStage(options, () => ports)) };
}

test.each([
  ['dev', 'The database, the brokers and the lake are deleted with all their data.'],
  [
    'prod',
    'The database and its password, the brokers, their network and the lake are kept: see docs/aws.md#teardown.',
  ],
] as const)(
  'destroying %s with --yes says first what becomes of the data, and exits with 0',
  async (stage, says) => {
    const { code, done } = destroying(stage, true);
    expect(await code).toBe(0);
    expect(printed).toEqual([says, `The stacks of stage ${stage} are deleted.`]);
    expect(done).toEqual(['synthesized', 'destroyed templates']);
  },
);

test('destroying without a terminal and without --yes deletes nothing, names --yes, and exits with 1', async () => {
  const { code, done } = destroying('prod', false);
  expect(await code).toBe(1);
  expect(done).toEqual([]);
  expect(complained).toEqual(['Deleting stage prod needs a confirmation. Add --yes to confirm it here.']);
});

test('destroying the local stage names npm run reset, and exits with 2', async () => {
  const { code, done } = destroying('local', true);
  expect(await code).toBe(2);
  expect(complained[0]).toBe('`npm run reset` removes the local platform with its data.');
  expect(done).toEqual([]);
});

/** Runs a command as `npm run` does, without a terminal. */
async function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
  const child = spawn(projectNode, [path.join(projectRoot, `bin/${command}.ts`), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME, NODE_COMPILE_CACHE, ...env },
  });
  const exited = once(child, 'exit');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { status: (await exited)[0], stdout, stderr };
}

test.each([
  [
    'deploy',
    ['--stage', 'prodd'],
    /^Unknown stage "prodd": choose one of local, dev, prod\.\n\nnpm run deploy/,
  ],
  ['deploy', ['--stgae', 'dev'], /^Unknown option '--stgae'\n\nnpm run deploy/],
  ['deploy', ['--stage', 'local', '--region', 'eu-west-1'], /^The local stage has one region\./],
  ['destroy', [], /^Unknown stage "": choose one of local, dev, prod\.\n\nnpm run destroy/],
])(
  'npm run %s -- %s is a wrong use: it says why, shows the usage, and exits with 2',
  async (command, args, says) => {
    const { status, stderr } = await run(command, args);
    expect(stderr).toMatch(says);
    expect(status).toBe(2);
  },
);

test.each(['deploy', 'destroy'])(
  'npm run %s refuses an endpoint that is not AWS, and exits with 1',
  async (command) => {
    const { status, stderr } = await run(command, ['--stage', 'dev', '--yes'], {
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    });
    expect(stderr).toBe(
      'This stage deploys to AWS, but AWS_ENDPOINT_URL redirects to another endpoint. Unset it.\n',
    );
    expect(status).toBe(1);
  },
);

describe('with an account that refuses every call', () => {
  let calls = 0;
  const folder = mkdtempSync(path.join(tmpdir(), 'isobar-account-'));
  const server = createServer((request, response) => {
    calls += 1;
    request.resume();
    response.writeHead(403);
    response.end(
      '<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>is unknown</Message></Error></ErrorResponse>',
    );
  });
  /** A profile at the server. */
  const profile = {
    AWS_CONFIG_FILE: path.join(folder, 'config'),
    AWS_ACCESS_KEY_ID: 'of-nobody',
    AWS_SECRET_ACCESS_KEY: 'of-nobody',
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  beforeAll(async () => {
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    writeFileSync(profile.AWS_CONFIG_FILE, `[default]\nendpoint_url = http://127.0.0.1:${port}\n`);
  });
  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('npm run deploy asks nothing after the first call, says how to sign in, and exits with 1', async () => {
    const { status, stdout, stderr } = await run('deploy', ['--stage', 'dev', '--yes'], profile);
    expect(stderr).toBe('\nNot deployed: 1 of the checks above would make it fail.\n');
    expect(stdout).toMatch(/^✗ credentials .+ is unknown\n {4}Sign in, for example with `aws sso login`/);
    expect([status, calls]).toEqual([1, 1]);
  });

  test('npm run destroy whose question nobody answers calls nothing, and exits with 1', async () => {
    const before = calls;
    const { status, stdout, stderr } = await run('destroy', ['--stage', 'prod'], profile);
    expect(stderr).toBe('Deleting stage prod needs a confirmation. Add --yes to confirm it here.\n');
    expect(stdout).toContain('are kept: see docs/aws.md#teardown.');
    expect([status, calls - before]).toEqual([1, 0]);
  });
});
