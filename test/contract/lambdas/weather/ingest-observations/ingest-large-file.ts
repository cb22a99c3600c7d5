// Ingests files that are generated chunk by chunk, and prints their counts and the peak memory.

import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { createGzip } from 'node:zlib';
import { versionOf } from '../../../../../lambdas/shared/incoming/incoming-files.ts';
import { orderedSend } from '../../../../../lambdas/shared/kafka/ordered-send.ts';
import { shareSends } from '../../../../../lambdas/shared/kafka/shared-send.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { sendLimits } from '../../../../../lambdas/weather/ingest-observations/config.ts';
import { ingestObservations } from '../../../../../lambdas/weather/ingest-observations/ingest-observations.ts';

const { values: options } = parseArgs({
  options: {
    bytes: { type: 'string', default: '0' },
    gzip: { type: 'boolean', default: false },
    /** So many files at once, as an invocation with several messages has them. */
    files: { type: 'string', default: '1' },
  },
});

/** Like the chunks of S3's stream, which are cut anywhere in a line. */
const chunkBytes = 64 * 1024;

let bytes = 0;
let rows = 0;
let rowsAcknowledged = 0;

/** The text of one file. */
async function* content(): AsyncGenerator<Buffer> {
  let text = 'Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh\n';
  let written = 0;
  for (let second = 0; written < Number(options.bytes); second++) {
    text += rowsOf(second);
    for (; text.length >= chunkBytes; text = text.slice(chunkBytes)) {
      written += chunkBytes;
      yield* chunk(text.slice(0, chunkBytes));
    }
  }
  yield* chunk(text);
}

const open = (): AsyncIterable<Buffer> =>
  options.gzip ? Readable.from(content()).pipe(createGzip({ level: 1 })) : content();

function* chunk(text: string): Generator<Buffer> {
  bytes += text.length;
  yield Buffer.from(text, 'latin1');
}

/** One row per station, with as many decimals as in the public data set. */
function rowsOf(second: number): string {
  const dateTime = new Date(Date.UTC(2024, 0, 1) + second * 1000)
    .toISOString()
    .slice(0, 19)
    .replace('T', ' ');
  let text = '';
  for (let station = 0; station < 100; station++) {
    const decimals = `.${1_000_000 + rows++}83001282`;
    const measures = [second % 40, second % 100, 0, station].map((whole) => `${whole}${decimals}`);
    text += `Station ${station},${dateTime},${measures}\n`;
  }
  return text;
}

const startSending = shareSends(() =>
  orderedSend(
    {
      async send({ messages }) {
        await setImmediate();
        rowsAcknowledged += messages.length;
      },
    },
    sendLimits,
  ),
);

const counts = await Promise.all(
  Array.from({ length: Number(options.files) }, (_, file) =>
    ingestObservations(
      { ...versionOf(`large-${file}.csv`, 'etag'), readAtMs: 0, open, close() {} },
      plausible,
      {
        startIngest: async () => true,
        startMember: async () => {},
        markIngested: async () => {},
        startSending,
        now: Date.now,
      },
    ),
  ),
);

const peakMemoryBytes = process.resourceUsage().maxRSS * 1024;
console.log(JSON.stringify({ counts, bytes, rows, rowsAcknowledged, peakMemoryBytes }));
