import { expect, test } from '@jest/globals';
import { auditOf, clean, keyOf, landed, range, type World } from './audited-landing.ts';

const merge = (world: World) => {
  world.objects.set(keyOf(0), landed(range(0, 20)));
  world.objects.delete(keyOf(10));
};

test('a merged object is audited as the objects that it replaces', async () => {
  expect(await auditOf(merge)).toMatchObject({ kinds: [], objects: 2, rows: 30 });
});

test('an object that was merged and not removed is told, and its rows are no duplicates', async () => {
  const audit = await auditOf((world) => world.objects.set(keyOf(0), landed(range(0, 20))));
  expect(audit).toMatchObject({ kinds: ['superseded'], objects: 2, rows: 30 });
  expect(audit.texts[0]).toContain(`${keyOf(10)} was merged into the object before it`);
});

test.each([0, 10, 20])(
  'objects that are merged while they are read, before offset %s, are read again',
  async (at) => {
    expect(
      await auditOf((world) => {
        world.beforeRead = (key) => {
          if (key === keyOf(at)) merge(world);
        };
      }),
    ).toMatchObject({ kinds: [], rows: 30 });
  },
);

test('an object that only overlaps another one is a finding', async () => {
  const { kinds } = await auditOf((world) => world.objects.set(keyOf(0), landed(range(0, 15))));
  expect(kinds).toContain('overlap');
  expect(kinds).toContain('duplicate offset');
});

test('an object that vanishes for good is a gap', async () => {
  const { kinds } = await auditOf((world) => world.objects.delete(keyOf(10)));
  expect(kinds).toEqual(['gap']);
  expect(clean().objects.size).toBe(3);
});
