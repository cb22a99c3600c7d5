import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { projectNode, projectRoot } from '../../localstack/setup/tools.mjs';

/**
 * The short form of `npm run chaos`. A broker, the poller, a function and Postgres are killed, Slack fails,
 * and a topic is replayed. The seed comes from the clock, so the order varies; the report names the seed.
 */
test('each row and transaction is processed once under kills, Slack failures and a replay', async () => {
  const options = ['--faults', '6', '--rows', '300', '--interval', '1'];
  // As `npm run` does: kafkajs sets timers with a negative timeout.
  const node = ['--disable-warning=TimeoutNegativeWarning'];
  const chaos = spawn(projectNode, [...node, path.join(projectRoot, 'bin/chaos.ts'), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = text(chaos.stdout);
  const [exitCode] = await once(chaos, 'exit');
  console.log(await printed);
  expect(exitCode).toBe(0);
}, 1_200_000);
