// Measures the ingestion of many small files, one message at a time and in batches, and of a file that takes
// longer than its function may run. See README.md.
import { randomUUID } from 'node:crypto';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import {
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda';
import pg from 'pg';
import { chunksOf } from '../lambdas/shared/aws/chunks.ts';
import { observationFields } from '../lambdas/shared/wire/observation.ts';
import { synthesisedRows } from '../localstack/generator/rows.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { openIncoming } from '../localstack/run/incoming.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { shownLoad } from './load.ts';
import { openOwnPlatform } from './own-platform.ts';

const { values: options } = parseArgs({
  options: {
    files: { type: 'string', default: '2000' },
    'rows-per-file': { type: 'string', default: '10' },
    rounds: { type: 'string', default: '2' },
    'long-rows': { type: 'string', default: '6000000' },
    'timeout-seconds': { type: 'string', default: '20' },
  },
});
const header = `${observationFields.join(',')}\n`;
const FunctionName = 'isobar-local-ingest-observations';
const deadlineMs = 1_800_000;

const platform = await openOwnPlatform('files', { deployed: true });
const { endpoints } = platform;
const pool = new pg.Pool({ connectionString: endpoints.postgresUrl, max: 1 });
const lambda = new LambdaClient(localAccount(endpoints));
const incoming = openIncoming(endpoints);
try {
  await Promise.race([run(), platform.failed]);
} finally {
  await pool.end();
  lambda.destroy();
  incoming.close();
  await platform.remove();
}

async function run(): Promise<void> {
  const batchSize = (await mapping())?.BatchSize ?? 1;
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const size of [1, batchSize]) {
      await update(size);
      console.log(`${(await smallFiles()).toFixed(1)} files/s with ${size} in an invocation`);
    }
  }
  await longFile(Number(options['long-rows']), Number(options['timeout-seconds']));
  console.log(`Load: ${shownLoad()}`);
}

async function mapping() {
  const list = new ListEventSourceMappingsCommand({ FunctionName });
  return (await lambda.send(list)).EventSourceMappings?.[0];
}

async function update(BatchSize: number): Promise<void> {
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID: (await mapping())?.UUID, BatchSize }));
  await waitFor('the mapping to be enabled', async () => (await mapping())?.State === 'Enabled', {
    deadlineMs: 60_000,
  });
}

function textOf(rows: number): string {
  const source = synthesisedRows({ seed: 1, startMs: Date.UTC(2024, 0, 1), rowIntervalMs: 1_000 })(0);
  if (!(Symbol.iterator in source)) throw new Error('synthesised rows must be iterable without waiting');
  const lines = Iterator.from(source)
    .take(rows)
    .map((cells) => `${cells.join(',')}\n`);
  return header + [...lines].join('');
}

/** Returns the files/s, from the first drop to the last acknowledgement. */
async function smallFiles(): Promise<number> {
  const files = Number(options.files);
  const run = randomUUID();
  const content = textOf(Number(options['rows-per-file']));
  const begun = performance.now();
  for (const chunk of chunksOf([...Array(files).keys()], 50))
    await Promise.all(
      chunk.map((file) => incoming.drop({ name: `${run}-${file}.csv`, content: Buffer.from(content) })),
    );
  await waitFor('all files to be ingested', async () => (await count(run)) === files, {
    deadlineMs,
    everyMs: 100,
  });
  return (files / (performance.now() - begun)) * 1000;
}

async function count(name: string): Promise<number> {
  const { rows } = await pool.query<{ files: number }>(
    `select count(*)::int as files from ingested_files where to_jsonb(ingested_files)::text like '%' || $1 || '%'
        and ingested_at is not null`,
    [name],
  );
  return rows[0]?.files ?? 0;
}

async function longFile(rows: number, Timeout: number): Promise<void> {
  await lambda.send(new UpdateFunctionConfigurationCommand({ FunctionName, Timeout }));
  const run = randomUUID();
  const text = textOf(rows);
  const content = gzipSync(text, { level: 1 });
  const begun = performance.now();
  await incoming.drop({ name: `${run}.csv.gz`, content });
  const checkpoints = new Set<string>();
  const ended = async () => {
    const { rows: found } = await pool.query<{ line: string }>('select line from file_checkpoints');
    for (const { line } of found) checkpoints.add(line);
    return (await count(run)) === 1;
  };
  await waitFor('the long file to be ingested', ended, { deadlineMs, everyMs: 100 });
  const seconds = (performance.now() - begun) / 1000;
  const { rows: counts } = await pool.query(
    `select rows_read, rows_valid, rows_invalid from ingested_files where to_jsonb(ingested_files)::text like $1`,
    [`%${run}%`],
  );
  console.log(
    `${rows} rows (${(text.length / 1e6).toFixed(0)} MB, as gzip) with a timeout of ${Timeout} s: ` +
      `${seconds.toFixed(0)} s, ${checkpoints.size} checkpoints at ${[...checkpoints]}, ${JSON.stringify(counts)}`,
  );
}
