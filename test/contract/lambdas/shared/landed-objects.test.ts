import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type LandedObjects, openLandedObjects } from '../../../../lambdas/shared/landed-objects.ts';
import { testBucket } from '../test-bucket.ts';

const { bucket, put, read } = testBucket();
const contentType = 'text/plain';
let lake: LandedObjects;

beforeAll(() => {
  lake = openLandedObjects({ bucket, contentType });
});
afterAll(() => lake.close());

const held = async () => {};
const lost = async () => {
  throw new Error('the connection is gone');
};

describe('a landed object', () => {
  test('takes a new object without asking for the lock', async () => {
    await lake.put('new', Buffer.from('rows'), lost);
    expect(await read('new')).toBe('rows');
  });

  test('replaces what an attempt before left behind, while the lock is held', async () => {
    await put('orphan', 'half');
    await lake.put('orphan', Buffer.from('whole'), held);
    expect(await read('orphan')).toBe('whole');
  });

  test("keeps a successor's object from a zombie that has lost the lock", async () => {
    await put('landed', "the successor's");
    await expect(lake.put('landed', Buffer.from("the zombie's"), lost)).rejects.toThrow(
      'the connection is gone',
    );
    expect(await read('landed')).toBe("the successor's");
  });

  test("keeps a successor's object from a zombie that loses the lock just after it was asked", async () => {
    await put('raced', 'orphan');
    const succeeded = async () => void (await put('raced', "the successor's"));
    await expect(lake.put('raced', Buffer.from("the zombie's"), succeeded)).rejects.toThrow(
      'written by another function',
    );
    expect(await read('raced')).toBe("the successor's");
  });

  test('says what it could not put where', async () => {
    const elsewhere = openLandedObjects({ bucket: `${bucket}-none`, contentType });
    await expect(elsewhere.put('a', Buffer.from(''), held)).rejects.toThrow(
      `Putting s3://${bucket}-none/a failed`,
    );
    elsewhere.close();
  });
});
