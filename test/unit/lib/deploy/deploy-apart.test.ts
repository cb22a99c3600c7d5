import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { deployApart } from '../../../../lib/deploy/deploy-apart.ts';
import type { StackProgress } from '../../../../lib/deploy/progress.ts';
import { waitFor } from '../../../../localstack/wait-for.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'isobar-deploy-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const workerOf = (program: string) => {
  const file = path.join(folder, `${Math.random()}.mjs`);
  writeFileSync(file, program);
  return file;
};
const order = { assembly: '/none', environment: { HOME: '/none' } };

test('progress and outputs come from the worker, which gets the whole order', async () => {
  const seen: StackProgress[] = [];
  const outputs = await deployApart(
    { ...order, onProgress: (progress) => seen.push(progress) },
    workerOf(`process.once('message', (order) => {
      process.send({ type: 'progress', progress: { stack: 'a', completed: 1, total: 2, finished: false } });
      process.send({ type: 'deployed', outputs: { a: order } }, () => process.disconnect());
    });`),
  );
  expect(seen).toEqual([{ stack: 'a', completed: 1, total: 2, finished: false }]);
  expect(outputs).toEqual({ a: order });
});

test('a worker that ends without a result fails the deploy', async () => {
  const worker = workerOf(`process.once('message', () => process.kill(process.pid, 'SIGTERM'));`);
  await expect(deployApart({ ...order, onProgress: () => undefined }, worker)).rejects.toThrow(
    'The deploy was ended by SIGTERM.',
  );
});

test('the reason of a failure comes from the worker', async () => {
  const deploy = deployApart({ assembly: folder, environment: process.env, onProgress: () => undefined });
  await expect(deploy).rejects.toThrow(/^The deploy failed\.\n.*manifest\.json/s);
});

test('the worker ends with its launcher', async () => {
  const worker = path.resolve(import.meta.dirname, '../../../../lib/deploy/deploy-worker.ts');
  const launcher = fork(
    workerOf(`import { fork } from 'node:child_process';
      process.send(fork(${JSON.stringify(worker)}).pid);`),
  );
  const [pid] = (await once(launcher, 'message')) as [number];
  launcher.kill('SIGKILL');
  const isGone = () => {
    try {
      process.kill(pid, 0);
      return false;
    } catch {
      return true;
    }
  };
  await waitFor('the worker to end', isGone, { deadlineMs: 30_000 });
});
