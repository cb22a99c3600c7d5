import { expect, test } from '@jest/globals';
import { formatLookup } from '../../../../../lambdas/weather/ingest-observations/format-lookup.ts';
import { testBucket } from '../../test-bucket.ts';

const { bucket, client, put } = testBucket();

const find = (key: string) =>
  formatLookup(client(), Date.now)({ bucket, key: `incoming/observations/${key}`, eTag: '' });

test('the nearest format file is found, and none where there is none', async () => {
  await put('incoming/observations/north/_format.json', '{"timezone":"Europe/Oslo"}');
  expect((await find('north/2024/a.csv'))?.timezone).toBe('Europe/Oslo');
  expect(await find('south/a.csv')).toBeUndefined();
});

test.each([
  ['empty', '', 'found no JSON'],
  ['too long', ' '.repeat(70_000), 'found more than 65536 bytes'],
])('a format file that is %s is wrong', async (_, content, reason) => {
  await put('incoming/observations/east/_format.json', content);
  await expect(find('east/a.csv')).rejects.toMatchObject({
    errorType: 'FORMAT_MISMATCH',
    message: expect.stringContaining(reason),
  });
});

test('a bucket that does not answer is no format file, and no missing one', async () => {
  const notice = { bucket: `${bucket}-none`, key: 'incoming/observations/a.csv', eTag: '' };
  await expect(formatLookup(client(), Date.now)(notice)).rejects.toThrow('_format.json failed');
});
