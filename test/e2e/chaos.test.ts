import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from '@jest/globals';
import { projectNode, projectRoot } from '../../localstack/setup/tools.mjs';

/**
 * The short form of `npm run chaos`: a broker, the poller, a function and Postgres are killed, Slack is in trouble and a topic is
 * replayed, in another order each time, the seed being the clock's; the report names it.
 */
test('whatever is killed, cut, delayed or repeated, each row and transaction has its effect once', async () => {
  const options = ['--faults', '6', '--rows', '300', '--interval', '1'];
  // As `npm run` calls it: kafkajs sets a timer of a time that has passed.
  const node = ['--disable-warning=TimeoutNegativeWarning'];
  const chaos = spawn(projectNode, [...node, path.join(projectRoot, 'bin/chaos.ts'), ...options], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const printed = text(chaos.stdout);
  const [exitCode] = await once(chaos, 'exit');
  console.log(await printed);
  expect(exitCode).toBe(0);
}, 600_000);
