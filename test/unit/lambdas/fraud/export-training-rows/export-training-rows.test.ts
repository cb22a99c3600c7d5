import { expect, test } from '@jest/globals';
import {
  exportTrainingRows,
  linesPerObject,
  type Span,
} from '../../../../../lambdas/fraud/export-training-rows/export-training-rows.ts';

const startedAtMs = Date.UTC(2024, 4, 5, 3, 30);
const dayMs = 86_400_000;
const execution = { startedAtMs, executionId: 'arn:aws:states:eu-central-1:1:execution:isobar:one' };
const limits = { days: 10, heldOutShare: 0.2, leastFrauds: 50, leastHeldOutFrauds: 10 };

/** One labelled transaction a minute. Every tenth is a fraud. */
function world(minutes: number) {
  let attempts = 0;
  const scored = Array.from({ length: minutes }, (_, minute) => ({
    atMs: startedAtMs - (minute + 1) * 60_000,
    isFraud: minute % 10 === 0,
  })).reverse();
  const within = ({ fromMs, toMs }: Span) => scored.filter(({ atMs }) => atMs >= fromMs && atMs < toMs);
  const objects = new Map<string, readonly string[]>();
  return {
    objects,
    timeOfShare: async (span: Span, share: number) =>
      within(span).at(Math.ceil(share * within(span).length) - 1)?.atMs,
    count: async (span: Span) => ({
      rows: within(span).length,
      frauds: within(span).filter(({ isFraud }) => isFraud).length,
    }),
    async *readLines(span: Span) {
      const lines = within(span).map(({ atMs }) => String(atMs));
      for (let from = 0; from < lines.length; from += 5_000) yield lines.slice(from, from + 5_000);
    },
    attemptId: () => `attempt-${++attempts}`,
    putLines: async (key: string, lines: readonly string[]) => void objects.set(key, lines),
    locationOf: (key: string) => `s3://lake/${key}`,
  };
}

test('the oldest transactions are exported, and the newest are held out', async () => {
  const ports = world(1_000);
  const made = await exportTrainingRows(execution, limits, ports);
  expect(made).toMatchObject({
    status: 'exported',
    trainedAt: '2024-05-05T03:30:00Z',
    training: { rows: 799, frauds: 79 },
    heldOut: { rows: 201, frauds: 21, toMs: startedAtMs },
  });
  expect(made.version).toMatch(/^trained-20240505T033000-[0-9a-f]{8}$/);
  expect(made.data).toBe(`s3://lake/models/fraud/training/${made.version}/attempt-1/`);
  const [[key, lines] = ['', []], ...others] = ports.objects;
  expect(others).toEqual([]);
  expect(key).toBe(`models/fraud/training/${made.version}/attempt-1/part-00000.jsonl`);
  expect(lines).toHaveLength(799);
  expect(Math.max(...lines.map(Number))).toBeLessThan(made.heldOut.fromMs);
});

test('attempts of one execution have the same version, and other executions have other versions', async () => {
  const version = async (executionId: string) =>
    (await exportTrainingRows({ ...execution, executionId }, limits, world(1_000))).version;
  expect(await version('a')).toBe(await version('a'));
  expect(await version('a')).not.toBe(await version('b'));
});

test('each attempt writes to a folder of its own', async () => {
  const ports = world(1_000);
  const first = await exportTrainingRows(execution, limits, ports);
  const second = await exportTrainingRows(execution, limits, ports);
  expect(second.data).not.toBe(first.data);
  expect([...ports.objects.keys()].filter((key) => `s3://lake/${key}`.startsWith(second.data))).toHaveLength(
    1,
  );
  expect(ports.objects.size).toBe(2);
});

test('many rows are written to several objects', async () => {
  const ports = world(130_000);
  await exportTrainingRows(execution, { ...limits, days: 100 }, ports);
  expect([...ports.objects.values()].map(({ length }) => length)).toEqual([
    linesPerObject,
    linesPerObject,
    3_999,
  ]);
});

test('transactions older than the limit are left out', async () => {
  const { training, heldOut } = await exportTrainingRows(execution, { ...limits, days: 1 }, world(130_000));
  expect(training.rows + heldOut.rows).toBe(dayMs / 60_000);
});

test.each([
  [0, 'found 0 labelled frauds to train on, expected at least 50'],
  [300, 'found 23 labelled frauds to train on, expected at least 50'],
])('with %d labelled transactions nothing is written, and the reason says why', async (minutes, reason) => {
  const ports = world(minutes);
  expect(await exportTrainingRows(execution, limits, ports)).toMatchObject({ status: 'too-few', reason });
  expect(ports.objects.size).toBe(0);
});

test('nothing is written when the held-out transactions have too few frauds', async () => {
  const made = await exportTrainingRows(execution, { ...limits, leastHeldOutFrauds: 22 }, world(1_000));
  expect(made).toMatchObject({
    status: 'too-few',
    reason: 'found 21 labelled frauds to compare models on, expected at least 22',
  });
});
