import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { createBudget } from '../../../../localstack/kafka-poller/budget.ts';
import { createFetchClock } from '../../../../localstack/kafka-poller/fetch-clock.ts';
import { createSlots } from '../../../../localstack/kafka-poller/slots.ts';
import { createWorker, type Worker } from '../../../../localstack/kafka-poller/worker.ts';
import { runs } from '../../../fixtures/runs.ts';
import { segmentOf } from './segments.ts';

const MB = 1024 * 1024;
const NODES = [1, 2];

/**
 * A partition, and a client that fetches it from two brokers at once, as kafkajs does for a moment when the
 * leader changes. Each broker answers at any time, with any number of records.
 */
function createStory(batchSize: number) {
  const clock = createFetchClock();
  const account = createBudget({ textBytes: 16 * MB, fetchBytes: MB }).open();
  const slots = createSlots({ min: 1, max: 1 });
  slots.close();
  const envelope = { head: Buffer.from('['), tail: Buffer.from(']') };
  const underWay = new Map<number, { from: number; startedAt: number }>();
  const delivered: number[] = [];
  let end = 0;
  let position = 0;
  let committed = 0;
  let isPaused = false;
  let turn: { offsets: number[]; fail: () => void; succeed: () => void } | undefined;
  let worker: Worker;

  const own = () => {
    worker = createWorker({
      place: { topic: 't', partition: 0, envelope },
      batchSize,
      windowMs: 0,
      slots,
      account,
      clock,
      oldestOffset: () => 0,
      deliver: (batch, _place, { release, onBackoff, signal }) =>
        new Promise((resolve) => {
          const offsets = batch.flatMap(({ segment, from, to }) => segment.offsets.slice(from, to));
          const finish = (succeeded: boolean) => {
            turn = undefined;
            release();
            resolve(succeeded);
          };
          signal.addEventListener('abort', () => finish(false));
          turn = {
            offsets,
            fail: onBackoff,
            succeed() {
              delivered.push(...offsets);
              finish(true);
            },
          };
        }),
      seek: (offset) => {
        position = offset;
      },
      onDone: (offset) => {
        committed = offset;
      },
      onFetchedAhead: () => undefined,
      onError: (error) => {
        throw error;
      },
    });
  };
  own();

  const actions = {
    append: (count: number) => {
      end += count;
    },
    begin: (node: number) => {
      if (isPaused || underWay.has(node)) return;
      clock.startFetch(node);
      underWay.set(node, { from: position, startedAt: clock.fetchStartedAt(node) });
    },
    answer: (node: number, count: number) => {
      const fetch = underWay.get(node);
      underWay.delete(node);
      if (!fetch || isPaused) return;
      const to = Math.min(end, fetch.from + count);
      if (to <= fetch.from) return;
      if (worker.isBlocked()) {
        isPaused = true;
        worker.onRoom(() => {
          isPaused = false;
        });
        return;
      }
      const { from: fromOffset, startedAt } = fetch;
      position = worker.offer({ fromOffset, startedAt, read: () => segmentOf(fromOffset, to) }) ?? position;
    },
    fail: () => turn?.fail(),
    succeed: () => turn?.succeed(),
    /** The group is joined again and the partition is kept: the client starts at the last commit. */
    rejoin: () => {
      position = committed;
      worker.resumeAtExpected();
    },
    /** The partition is lost and comes back. */
    lose: () => {
      worker.revoke();
      own();
      position = committed;
      isPaused = false;
    },
  };
  return {
    actions,
    settled: () => new Promise((resolve) => setImmediate(resolve)),
    committed: () => committed,
    delivered,
    end: () => end,
    close: () => worker.stop(),
  };
}

const node = fc.constantFrom(...NODES);
const few = fc.integer({ min: 1, max: 6 });
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ action: fc.constant('append' as const), count: few }) },
  { weight: 6, arbitrary: fc.record({ action: fc.constant('begin' as const), node }) },
  { weight: 6, arbitrary: fc.record({ action: fc.constant('answer' as const), node, count: few }) },
  { weight: 3, arbitrary: fc.constant({ action: 'succeed' as const }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...(['fail', 'rejoin', 'lose'] as const)).map((action) => ({ action })),
  },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

test('fetched from two brokers in any history, each record is delivered, in order, and committed only after that', async () => {
  const history = fc.record({ batchSize: few, steps: fc.array(step, { minLength: 10, maxLength: 80 }) });
  await fc.assert(
    fc.asyncProperty(history, async ({ batchSize, steps }) => {
      const { actions, settled, committed, delivered, end, close } = createStory(batchSize);
      const take = async (one: Step) => {
        if (one.action === 'append') actions.append(one.count);
        else if (one.action === 'begin') actions.begin(one.node);
        else if (one.action === 'answer') actions.answer(one.node, one.count);
        else actions[one.action]();
        await settled();
        const done = new Set(delivered);
        for (let offset = 0; offset < committed(); offset++) expect(done).toContain(offset);
      };
      for (const one of steps) await take(one);
      // Then all the rest is fetched and delivered.
      for (let round = 0; committed() < end() && round < 200; round++) {
        for (const node of NODES) {
          await take({ action: 'begin', node });
          await take({ action: 'answer', node, count: 6 });
          await take({ action: 'succeed' });
        }
      }
      await close();
      expect(committed()).toBe(end());
      expect([...new Set(delivered)]).toEqual(Array.from({ length: end() }, (_, offset) => offset));
    }),
    runs({ all: 300, few: 40 }),
  );
}, 300_000);
