import { once } from 'node:events';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { encodeErrorLines } from '../../../../../lambdas/errors/record-errors/error-lines.ts';
import type { StoredError } from '../../../../../lambdas/errors/record-errors/stored-error.ts';
import {
  type Encode,
  type LandedObjects,
  openLandedObjects,
} from '../../../../../lambdas/shared/exactly-once/landed-objects.ts';
import type { KafkaRecord } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { observationFromRow } from '../../../../../lambdas/shared/wire/observation.ts';
import { encodeParquet } from '../../../../../lambdas/weather/land-observations/parquet.ts';
import { kafkaRecordWith } from '../../../../fixtures/kafka-events.ts';
import { judging } from '../../../../fixtures/observations.ts';
import { testBucket } from '../../test-bucket.ts';

const { bucket, put, read } = testBucket();
const contentType = 'text/plain';
let lake: LandedObjects;

beforeAll(() => {
  lake = openLandedObjects({ bucket, contentType });
});
afterAll(() => lake.close());

const bytes = (text: string) => () => Buffer.from(text);
const held = async () => {};
const lost = async () => {
  throw new Error('the connection is gone');
};

const record: KafkaRecord = kafkaRecordWith({ topic: 't', offset: 1, key: null, text: 'x' });
const observation = observationFromRow(['Seoul', '2024-01-01 00:00:00', '1', '2', '3', '4'], judging);
const error: StoredError = {
  errorType: 'TYPE_ERROR',
  errorReason: 'x',
  rawRow: 'x',
  timestampMs: 0,
  fileName: null,
  retryCount: 0,
  location: null,
  lineNumber: null,
  columns: null,
  position: null,
  failedIn: null,
  firstFailedAtMs: null,
  cause: null,
};
const times = <T>(count: number, item: T): T[] => Array.from({ length: count }, () => item);

/** Encoders of the given number of rows, which are the same each time. */
const encoders: [string, (rows: number) => Encode][] = [
  ['Parquet object', (rows) => (mark) => encodeParquet(times(rows, { record, observation }), mark)],
  ['object of errors', (rows) => (mark) => encodeErrorLines(times(rows, { record, error }), mark)],
];

describe('a landed object', () => {
  test('a new object is put without asking for the lock', async () => {
    await lake.put('new', bytes('rows'), lost);
    expect(await read('new')).toBe('rows');
  });

  test('an object replaces the orphan of an earlier attempt while the lock is held', async () => {
    await put('orphan', 'half');
    await lake.put('orphan', bytes('whole'), held);
    expect(await read('orphan')).toBe('whole');
  });

  test("a zombie that lost the lock cannot overwrite its successor's object", async () => {
    await put('landed', "the successor's");
    await expect(lake.put('landed', bytes("the zombie's"), lost)).rejects.toThrow('the connection is gone');
    expect(await read('landed')).toBe("the successor's");
  });

  test("a zombie that loses the lock right after confirming it cannot overwrite its successor's object", async () => {
    await put('raced', 'orphan');
    const succeeded = async () => void (await put('raced', "the successor's"));
    await expect(lake.put('raced', bytes("the zombie's"), succeeded)).rejects.toThrow(
      'written by another function',
    );
    expect(await read('raced')).toBe("the successor's");
  });

  test.each(encoders)(
    "a zombie that saw an orphan with the same rows cannot overwrite its successor's %s",
    async (name, encode) => {
      const key = `same ${name}`;
      const landed: Buffer[] = [];
      const landing = (rows: number) => (mark: string) => {
        landed.push(Buffer.from(encode(rows)(mark)));
        return landed.at(-1) ?? Buffer.of();
      };
      await lake.put(key, landing(2), held);
      // The zombie's lock is confirmed, then its session ends: the successor lands what the orphan had, and
      // commits.
      const succeeded = () => lake.put(key, landing(2), held);
      await expect(lake.put(key, landing(3), succeeded)).rejects.toThrow('written by another function');
      expect(await read(key)).toBe(landed[2]?.toString());
    },
  );

  test('a put to a store that stalls fails', async () => {
    const stalled = createServer().listen(0, '127.0.0.1');
    await once(stalled, 'listening');
    const address = stalled.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const endpoint = process.env.AWS_ENDPOINT_URL;
    process.env.AWS_ENDPOINT_URL = `http://127.0.0.1:${port}`;
    const slow = openLandedObjects({ bucket, contentType, stallMs: 100 });
    await expect(slow.put('a', bytes(''), held)).rejects.toThrow(`Putting s3://${bucket}/a failed`);
    process.env.AWS_ENDPOINT_URL = endpoint;
    slow.close();
    stalled.close();
  });

  test('the error of a failed put names its object', async () => {
    const elsewhere = openLandedObjects({ bucket: `${bucket}-none`, contentType });
    await expect(elsewhere.put('a', bytes(''), held)).rejects.toThrow(`Putting s3://${bucket}-none/a failed`);
    elsewhere.close();
  });
});
