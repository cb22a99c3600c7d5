import { expect, test } from '@jest/globals';
import {
  countLandedRows,
  type LakeObject,
} from '../../../../../localstack/run/platform-counts/landed-rows.ts';

const fakeLake = (rowsOfObject: Record<string, { etag: string; rows: number | undefined }>) => {
  const read: string[] = [];
  return {
    read,
    rowsOfObject,
    list: async () => Object.entries(rowsOfObject).map(([key, { etag }]) => ({ key, etag, sizeBytes: 100 })),
    countRows: async ({ key, etag }: LakeObject) => {
      read.push(`${key}@${etag}`);
      return rowsOfObject[key]?.rows;
    },
  };
};

test('landed rows and objects are summed over the lake', async () => {
  const objects = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`p${i}`, { etag: 'e', rows: i }]));
  const landedRows = countLandedRows(fakeLake(objects));
  expect(await landedRows()).toEqual({ rowsLanded: 1225, parquetObjects: 50 });
});

test('a footer is read once, and read again only after its object was replaced', async () => {
  const lake = fakeLake({ a: { etag: '1', rows: 10 }, b: { etag: '1', rows: 20 } });
  const landedRows = countLandedRows(lake);
  await landedRows();
  lake.rowsOfObject.b = { etag: '2', rows: 25 };
  lake.rowsOfObject.c = { etag: '1', rows: 1 };
  expect(await landedRows()).toEqual({ rowsLanded: 36, parquetObjects: 3 });
  expect(lake.read.toSorted()).toEqual(['a@1', 'b@1', 'b@2', 'c@1']);
});

test('an object removed before or after the listing is not counted', async () => {
  const lake = fakeLake({ a: { etag: '1', rows: 10 }, gone: { etag: '1', rows: undefined } });
  const landedRows = countLandedRows(lake);
  expect(await landedRows()).toEqual({ rowsLanded: 10, parquetObjects: 1 });
  delete lake.rowsOfObject.a;
  expect(await landedRows()).toEqual({ rowsLanded: 0, parquetObjects: 0 });
});
