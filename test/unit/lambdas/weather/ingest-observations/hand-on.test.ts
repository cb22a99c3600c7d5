import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import type { Checkpoint } from '../../../../../lambdas/shared/incoming/file-checkpoints-table.ts';
import { OutOfTime } from '../../../../../lambdas/shared/incoming/file-messages.ts';
import { versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import type { Counts } from '../../../../../lambdas/shared/incoming/ingested-files-table.ts';
import type { Message } from '../../../../../lambdas/shared/kafka/kafka-producer.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { ingestObservations } from '../../../../../lambdas/weather/ingest-observations/ingest-observations.ts';
import { runs } from '../../../../fixtures/runs.ts';

const header = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh';

/** 1,800 rows, every tenth with a fault, with a header inside and a footer. */
const lines = Array.from({ length: 1_800 }, (_, row) => {
  if (row === 1_500) return header;
  return `Station ${row % 7},2024-01-01 00:00:00,${row % 10 === 0 ? 'x' : row % 40},50,0,1`;
});
const csv = Buffer.from([header, ...lines, 'End of the file', ''].join('\n'));
const jsonLines = Buffer.from(
  lines
    .filter((line) => line !== header)
    .map((line) => {
      const cells = line.split(',');
      return JSON.stringify(Object.fromEntries(header.split(',').map((name, place) => [name, cells[place]])));
    })
    .join('\n'),
);

const files = {
  csv,
  gzip: gzipSync(csv),
  'JSON lines': jsonLines,
  'a ZIP archive, one of its files refused': Buffer.from(
    zipSync({ 'a.csv': csv, 'b.csv': Buffer.from('<html>'), 'c.csv': csv }),
  ),
};

/** Chunks as S3 gives them, cut anywhere. */
async function* chunksOf(content: Buffer, bytes: number) {
  for (let at = 0; at < content.length; at += bytes) yield content.subarray(at, at + bytes);
}

function world() {
  const sent: { topic: string; message: Message }[] = [];
  const done = new Map<string, Counts>();
  let checkpoint: Checkpoint | undefined;

  /** Returns whether the file is done. Time is up after so many looks at the clock. */
  const ingest = async (content: Buffer, { chunkBytes = 4_096, looks = Number.POSITIVE_INFINITY } = {}) => {
    const file = {
      ...versionOf('a', 'etag'),
      readAtMs: 0,
      open: () => chunksOf(content, chunkBytes),
      close() {},
    };
    try {
      await ingestObservations(file, plausible, {
        startIngest: async ({ source }) => !done.has(source),
        startMember: async () => {},
        markIngested: async ({ source }, counts) => void done.set(source, counts),
        startSending: () =>
          orderedSend(
            {
              send: async ({ topic, messages }) => {
                sent.push(...messages.map((message) => ({ topic, message })));
              },
            },
            { messages: 50, bytes: 1e6 },
          ),
        now: () => 0,
        handOn: {
          isTimeUp: () => --looks < 0,
          read: async () => checkpoint,
          save: async (_, next) => {
            checkpoint = next;
          },
          forget: async () => {
            checkpoint = undefined;
          },
        },
      });
      return true;
    } catch (error) {
      if (!(error instanceof OutOfTime)) throw error;
      return false;
    }
  };
  return { sent, done, ingest, checkpoint: () => checkpoint };
}

/** Each record by the file that it comes from, its row, and its topic. */
const placesOf = ({ sent }: ReturnType<typeof world>) =>
  sent.map(({ topic, message }) => `${message.headers.source} ${message.headers.row} ${topic}`);

test.each(Object.entries(files))(
  'a file handed on again and again is sent and counted as in one go: %s',
  async (_, content) => {
    const whole = world();
    await whole.ingest(content);
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 6 }),
        fc.integer({ min: 4_000, max: 20_000 }),
        async (looks, chunkBytes) => {
          const parts = world();
          let attempts = 1;
          while (!(await parts.ingest(content, { chunkBytes, looks }))) attempts++;
          if (looks === 0) expect(attempts).toBeGreaterThan(1);
          expect(placesOf(parts).toSorted()).toEqual(placesOf(whole).toSorted());
          expect(parts.done).toEqual(whole.done);
          expect(parts.checkpoint()).toBeUndefined();
        },
      ),
      runs({ all: 20, few: 3 }),
    );
  },
);

test('each attempt gets on, even when its time is up at once', async () => {
  const { ingest, checkpoint } = world();
  const reached: number[] = [];
  while (!(await ingest(csv, { looks: 0 }))) reached.push(checkpoint()?.line ?? 0);
  expect(reached.length).toBeGreaterThan(5);
  expect(reached.every((line, place) => line > (reached[place - 1] ?? 0))).toBe(true);
});

test('a checkpoint is saved only when all rows up to it are acknowledged', async () => {
  const acknowledged: number[] = [];
  let saved: Checkpoint | undefined;
  const file = { ...versionOf('a', 'etag'), readAtMs: 0, open: () => chunksOf(csv, 4_096), close() {} };
  const ingest = ingestObservations(file, plausible, {
    startIngest: async () => true,
    startMember: async () => {},
    markIngested: async () => {},
    startSending: () =>
      orderedSend(
        {
          send: async ({ messages }) => {
            await new Promise(setImmediate);
            expect(saved).toBeUndefined();
            acknowledged.push(...messages.map(({ headers }) => Number(headers.row)));
          },
        },
        { messages: 7, bytes: 1e6 },
      ),
    now: () => 0,
    handOn: {
      isTimeUp: () => true,
      read: async () => undefined,
      save: async (_, checkpoint) => {
        saved = checkpoint;
      },
      forget: async () => {},
    },
  });
  await expect(ingest).rejects.toThrow(OutOfTime);
  const line = saved?.line ?? 0;
  expect(line).toBeGreaterThan(1_000);
  // All lines but the header.
  expect(acknowledged.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: line - 1 }, (_, row) => row + 2),
  );
});
