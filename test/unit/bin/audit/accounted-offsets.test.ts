import { expect, test } from '@jest/globals';
import { auditLanding } from '../../../../bin/audit/audit-landing.ts';
import type { KafkaRecord } from '../../../../lambdas/shared/kafka/kafka-event.ts';
import { sourceOf } from '../../../../lambdas/shared/kafka/source.ts';
import {
  auditOf,
  change,
  clean,
  keyOf,
  landed,
  portsOf,
  range,
  record,
  topic,
  type World,
  without,
} from './audited-landing.ts';

const gapAt4 = (world: World, changes: Partial<KafkaRecord>) => {
  without(world, 4);
  change(world, 4, changes);
};

test('a rejected record that is stored as an error is accounted for', async () => {
  const audit = await auditOf((world) => {
    gapAt4(world, { value: 1 });
    world.rejections = [4];
  });
  expect(audit).toMatchObject({ kinds: [], accounted: { rejected: 1 } });
});

test('a rejected record whose error is not stored yet is accounted for', async () => {
  const audit = await auditOf((world) => {
    gapAt4(world, { text: null, value: undefined });
    world.areErrorsStored = false;
  });
  expect(audit).toMatchObject({ kinds: [], accounted: { rejected: 1 } });
});

test('a row that the producer sent twice is accounted for', async () => {
  const audit = await auditOf((world) => gapAt4(world, { headers: { source: 'a.csv@1', row: 3 } }));
  expect(audit).toMatchObject({ kinds: [], accounted: { 'repeated row': 1 } });
});

test('a discarded record that was redriven or ignored is accounted for, even after the topic expired it', async () => {
  const audit = await auditOf((world) => {
    without(world, 2, 4, 5);
    world.begin = 3;
    world.deadLetters = [
      { offset: 2, status: 'redriven', row: null },
      { offset: 4, status: 'redriven', row: null },
      { offset: 5, status: 'ignored', row: null },
    ];
  });
  expect(audit).toMatchObject({ kinds: [], notVerifiable: 0, accounted: { redriven: 2, ignored: 1 } });
});

test.each([
  ['by the key of its file', 'a.csv@1', ['a.csv']],
  ['by the source of its version', sourceOf('a.csv', '1'), ['a.csv', sourceOf('a.csv', '1')]],
  ['by the older form of its source', 'a.csv@1', ['a.csv', sourceOf('a.csv', '1')]],
])('the copy of a discarded row is accounted for %s', async (_, source, names) => {
  const audit = await auditOf((world) => {
    without(world, 3, 4);
    change(world, 4, { headers: { source, row: 3 } });
    world.deadLetters = [{ offset: 3, status: 'redriven', row: { names, line: 3 } }];
  });
  expect(audit).toMatchObject({ kinds: [], accounted: { redriven: 1, 'repeated row': 1 } });
});

test('the dead letter of a landed record is not counted', async () => {
  const audit = await auditOf((world) => {
    world.deadLetters = [{ offset: 4, status: 'redriven', row: null }];
  });
  expect(audit).toMatchObject({ kinds: [], accounted: { redriven: 0 } });
});

test('a retry for another consumer is accounted for', async () => {
  const audit = await auditOf((world) => gapAt4(world, { headers: { retryFor: 'watch-weather' } }));
  expect(audit).toMatchObject({ kinds: [], accounted: { 'for another consumer': 1 } });
});

test('a retry that was delivered twice is accounted for', async () => {
  const origin = { topic, partition: 0, offset: 2 };
  const audit = await auditOf((world) => {
    gapAt4(world, { headers: { origin } });
    world.origins = ['weather-data/0/2'];
  });
  expect(audit).toMatchObject({ kinds: [], accounted: { 'repeated retry': 1 } });
  expect(await auditOf((world) => gapAt4(world, { headers: { origin } }))).toMatchObject({
    kinds: ['gap'],
  });
});

test('an offset without a record, such as a transaction marker, is accounted for', async () => {
  const audit = await auditOf((world) => {
    without(world, 4);
    world.records.splice(4, 1);
  });
  expect(audit).toMatchObject({ kinds: [], accounted: { absent: 1 } });
});

test('an expired offset is not verifiable, unless a stored error accounts for it', async () => {
  const audit = await auditOf((world) => {
    without(world, 3, 4);
    world.begin = 8;
    world.rejections = [3];
  });
  expect(audit).toMatchObject({ kinds: [], notVerifiable: 1, accounted: { rejected: 1, absent: 0 } });
});

test('an object of a batch in flight or of a failed attempt is no finding', async () => {
  const audit = await auditOf((world) => {
    world.end = 50;
    world.objects.set(keyOf(30), landed(range(30, 40)));
  });
  expect(audit).toMatchObject({ kinds: [], inFlight: 10 });
});

test('a batch in flight after a transaction marker is no finding', async () => {
  const audit = await auditOf((world) => {
    world.end = 50;
    world.objects.set(keyOf(31), landed(range(31, 40)));
  });
  expect(audit).toMatchObject({ kinds: [], inFlight: 9 });
});

test('a batch in flight after records that do not land is no finding', async () => {
  const audit = await auditOf((world) => {
    world.end = 50;
    world.records.push(
      record(30, { headers: { source: 'a.csv@1', row: 3 } }),
      record(31, { value: 1 }),
      record(32, { headers: { retryFor: 'watch-weather' } }),
      record(33, { headers: { origin: { topic, partition: 0, offset: 2 } } }),
    );
    world.origins = ['weather-data/0/2'];
    world.objects.set(keyOf(34), landed(range(34, 40)));
  });
  expect(audit).toMatchObject({ kinds: [], inFlight: 6 });
});

test('a batch committed during the audit is no finding', async () => {
  const audit = await auditOf((world) => {
    world.ledgerAfter = 40;
    world.end = 40;
    world.objects.set(keyOf(30), landed(range(30, 40)));
  });
  expect(audit).toMatchObject({ kinds: [], inFlight: 0, ledger: 40 });
});

test('a batch that landed after the listing of objects is no finding', async () => {
  const audit = await auditOf((world) => {
    world.ledgerAfter = 40;
    world.end = 40;
    world.records.push(...range(30, 40).map((offset) => record(offset)));
  });
  expect(audit).toMatchObject({ kinds: [], ledger: 40 });
});

test('a redriven record does not count as a row of its file', async () => {
  const audit = await auditOf((world) => {
    world.lastRow = 28;
    change(world, 29, {
      headers: { source: 'a.csv@1', row: 29, origin: { topic: 'errors', partition: 0, offset: 1 } },
    });
  });
  expect(audit).toMatchObject({ kinds: [] });
});

test('an object deleted after the listing is no finding when another object has its rows', async () => {
  const world = clean();
  world.objects.set(keyOf(20), landed(range(20, 30)));
  const ports = portsOf(world);
  const keys = async function* () {
    yield* world.objects.keys();
    yield keyOf(99);
  };
  const audit = await auditLanding(topic, 'land-observations', [{ name: topic, ports: { ...ports, keys } }]);
  expect(audit.findings).toEqual([]);
});
