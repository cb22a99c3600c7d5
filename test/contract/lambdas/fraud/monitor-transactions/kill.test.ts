import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { projectNode } from '../../../../../localstack/setup/tools.mjs';
import { testDatabase } from '../../test-database.ts';
import { eventOf, message, readOutcome, referenceOutcome } from './monitored-transactions.ts';

const { credentials, query } = testDatabase();
const program = fileURLToPath(new URL('./monitor-process.ts', import.meta.url));

/**
 * Gives batches to a process until all are done or it is killed. Returns how many it reported as done, and
 * how it ended.
 */
async function monitor(batches: readonly object[], killInBatch: number, killAfterStatements: number) {
  const args = [program, JSON.stringify(credentials()), String(killInBatch), String(killAfterStatements)];
  const monitoring = spawn(projectNode, ['--disable-warning=ExperimentalWarning', ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const said = text(monitoring.stdout);
  const ended = once(monitoring, 'exit');
  // The process may be killed before it has read everything.
  monitoring.stdin.on('error', () => {});
  monitoring.stdin.end(batches.map((batch) => `${JSON.stringify(batch)}\n`).join(''));
  const [exitCode, signal] = await ended;
  return { done: (await said).split('\n').length - 1, exitCode, signal };
}

test('a monitor that is killed after any statement of a batch leaves the same result as an undisturbed one', async () => {
  const partitions = [5, 6].map((seed) => fc.sample(message, { numRuns: 240, seed }));
  // Each batch overlaps the one before, as after a lost commit of offsets.
  const batches = partitions.flatMap((messages, partition) =>
    [0, 40, 80, 120, 160, 200].map((from) =>
      eventOf(partition, Math.max(0, from - 15), messages.slice(Math.max(0, from - 15), from + 40)),
    ),
  );
  let done = 0;
  // From right after `begin` to right after `commit`, which is before the batch is reported as done.
  for (let statements = 0; statements <= 5; statements++) {
    const { signal, ...run } = await monitor(batches.slice(done), 1, statements);
    expect({ signal, done: run.done }).toEqual({ signal: 'SIGKILL', done: 1 });
    done += 1;
  }
  const last = await monitor(batches.slice(done), -1, 0);
  expect(last).toEqual({ done: batches.length - done, exitCode: 0, signal: null });
  expect(await readOutcome(query)).toEqual(referenceOutcome(partitions));
});
