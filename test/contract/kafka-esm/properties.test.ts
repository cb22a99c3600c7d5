import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { eventually } from './cluster.ts';
import { type KafkaEvent, recordsOf } from './lambda-api.ts';
import { keepLedger } from './ledger.ts';
import { FUNCTION, numbers, setStage } from './stage.ts';

const { cluster, api, delivered, start, selfManaged } = setStage();

const PARTITIONS = 3;
const RECORDS = 120;

const everyOther = (event: KafkaEvent) =>
  recordsOf(event)
    .filter((_, i) => i % 2 === 1)
    .map(({ topic, partition, offset }) => ({
      itemIdentifier: { partition: `${topic}-${partition}`, offset },
    }));

/**
 * A random scenario: the fate of each invoke, the mapping's batches, and when a second poller comes and goes.
 */
const story = fc.record({
  batchSize: fc.integer({ min: 1, max: 50 }),
  window: fc.constantFrom(0, 1),
  provisioned: fc.boolean(),
  bisect: fc.boolean(),
  chunk: fc.integer({ min: 1, max: 60 }),
  fates: fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constant({}) },
      { weight: 1, arbitrary: fc.constant({ functionError: 'Unhandled' }) },
      { weight: 1, arbitrary: fc.constant({ status: 429 }) },
      { weight: 1, arbitrary: fc.constant({ destroy: true as const }) },
      { weight: 1, arbitrary: fc.constant('every other record failed' as const) },
      { weight: 2, arbitrary: fc.integer({ min: 1, max: 60 }).map((delayMs) => ({ delayMs })) },
    ),
    { minLength: 10, maxLength: 40 },
  ),
  secondAfter: fc.option(fc.integer({ min: 0, max: RECORDS * 2 })),
  secondEnds: fc.constantFrom<NodeJS.Signals>('SIGTERM', 'SIGINT', 'SIGKILL'),
});

test('under random failures and rebalances no record is skipped, order holds, and no commit runs ahead of processing', async () => {
  const property = fc.asyncProperty(story, async (one) => {
    const topic = await cluster().createTopic(PARTITIONS);
    const functionArn = `${FUNCTION}-${topic}`;
    const { UUID } = api().put(
      selfManaged(topic, {
        FunctionArn: functionArn,
        BatchSize: one.batchSize,
        MaximumBatchingWindowInSeconds: one.window,
        ...(one.provisioned && {
          ProvisionedPollerConfig: { MinimumPollers: 1, MaximumPollers: 2 },
          FunctionResponseTypes: ['ReportBatchItemFailures'],
          BisectBatchOnFunctionError: one.bisect,
        }),
      }),
    );
    const ledger = keepLedger({ cluster: cluster(), api: api(), group: UUID, topic, functionArn });
    api().behave(functionArn, (event, earlier) => {
      const fate = one.fates[earlier.length] ?? {};
      if (fate !== 'every other record failed') return fate;
      // On demand this answer has no effect.
      return one.provisioned ? { body: { batchItemFailures: everyOther(event) } } : {};
    });
    for (let from = 0; from < RECORDS; from += one.chunk) {
      const values = numbers(Math.min(one.chunk, RECORDS - from), from);
      for (let partition = 0; partition < PARTITIONS; partition++) {
        await cluster().produce(topic, partition, values, from % 2);
      }
    }
    const { secondAfter } = one;
    if (secondAfter !== null) {
      await eventually(ledger.check, () => ledger.done() >= secondAfter);
      const second = await start();
      await eventually(ledger.check, () => second.lines.some(({ event }) => event === 'joined'));
      expect(await second.stop(one.secondEnds)).toBe(one.secondEnds === 'SIGKILL' ? 'SIGKILL' : 0);
    }
    await eventually(
      ledger.check,
      (committed) => committed.length === PARTITIONS && committed.every((offset) => offset === RECORDS),
    );
    expect(ledger.ahead()).toEqual([]);
    for (let partition = 0; partition < PARTITIONS; partition++) {
      const firsts = [...new Set(delivered(partition, functionArn))];
      expect(firsts).toEqual(numbers(RECORDS));
    }
    api().remove(UUID);
  });
  await start();
  await fc.assert(property, { numRuns: 6, endOnFailure: true });
}, 600_000);
