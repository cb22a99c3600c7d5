import { NoSuchKey, type S3Client } from '@aws-sdk/client-s3';
import { expect, test } from '@jest/globals';
import { formatLookup } from '../../../../../lambdas/weather/ingest-observations/format-lookup.ts';

const notFound = () => new NoSuchKey({ message: 'no', $metadata: {} });

/** A bucket with these format files, a clock, and the keys that were asked for. */
function world(files: Record<string, string | Error>) {
  const asked: string[] = [];
  let nowMs = 100_000;
  const send = async ({ input }: { input: { Key: string } }) => {
    asked.push(input.Key.replace('incoming/observations/', ''));
    const found = files[input.Key.replace('incoming/observations/', '')] ?? notFound();
    if (found instanceof Error) throw found;
    return {
      ContentLength: Buffer.byteLength(found),
      Body: { transformToByteArray: async () => Buffer.from(found), destroy() {} },
    };
  };
  const lookUp = formatLookup({ send } as unknown as S3Client, () => nowMs);
  return {
    files,
    asked,
    at: (ms: number) => {
      nowMs = ms;
    },
    find: (key: string, takenAtMs?: number) =>
      lookUp({
        bucket: 'lake',
        key: `incoming/observations/${key}`,
        eTag: 'e',
        ...(takenAtMs === undefined ? {} : { takenAtMs }),
      }),
  };
}

const zone = (timezone: string) => JSON.stringify({ timezone });

test('the nearest format file above a file is taken, and it alone', async () => {
  const { find, asked } = world({ '_format.json': zone('UTC'), 'a/b/_format.json': zone('Asia/Seoul') });
  expect((await find('a/b/c/x.csv'))?.timezone).toBe('Asia/Seoul');
  expect(asked).toEqual(['a/b/c/_format.json', 'a/b/_format.json']);
  expect((await find('d/x.csv'))?.timezone).toBe('UTC');
  expect(await world({}).find('d/x.csv')).toBeUndefined();
});

test('a wrong format file is told with its name and path', async () => {
  const { find } = world({ 'a/_format.json': '{"timezone":"KST"}', '_format.json': zone('UTC') });
  await expect(find('a/x.csv')).rejects.toMatchObject({
    errorType: 'FORMAT_MISMATCH',
    message: expect.stringMatching(
      /The format file incoming\/observations\/a\/_format.json is wrong: timezone: found "KST"/,
    ),
  });
});

test('a format file of 65 kB is wrong, and is not read', async () => {
  await expect(world({ '_format.json': ' '.repeat(65_537) }).find('x.csv')).rejects.toThrow(
    'more than 65536 bytes',
  );
});

test('a look-up that fails is tried again, and stops nothing for good', async () => {
  const { find, files } = world({ '_format.json': new Error('timeout') });
  await expect(find('x.csv', 1_000)).rejects.toThrow(
    'Reading s3://lake/incoming/observations/_format.json failed',
  );
  files['_format.json'] = zone('UTC');
  expect(await find('x.csv', 1_000)).toBeDefined();
});

test('files that were waiting before a look-up share it', async () => {
  const { find, asked } = world({});
  for (const name of ['1.csv', '2.csv', '3.csv']) await find(name, 50_000);
  expect(asked).toEqual(['_format.json']);
});

test('a format file is seen by every file that was dropped after it', async () => {
  const { find, files, at } = world({});
  expect(await find('1.csv', 99_990)).toBeUndefined();
  files['_format.json'] = zone('UTC');
  at(100_100);
  expect(await find('2.csv', 100_050)).toBeDefined();
});

test('a changed format file is seen after seconds by files that were waiting, and at once without a time', async () => {
  const { find, files, at } = world({ '_format.json': zone('UTC') });
  await find('1.csv', 50_000);
  files['_format.json'] = zone('Asia/Seoul');
  expect((await find('2.csv'))?.timezone).toBe('Asia/Seoul');
  files['_format.json'] = zone('Asia/Tokyo');
  at(106_000);
  expect((await find('3.csv', 50_000))?.timezone).toBe('Asia/Tokyo');
});
