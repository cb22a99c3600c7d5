import { expect, test } from '@jest/globals';
import type { KafkaProducer } from '../../../../lambdas/shared/kafka/kafka-producer.ts';
import { plausible } from '../../../../lambdas/shared/wire/limits.ts';
import { errorsTable } from '../../../../localstack/errors/errors-table.ts';
import { redrive } from '../../../../localstack/errors/redrive.ts';
import { testDatabase } from '../../lambdas/test-database.ts';

const { connect, query } = testDatabase({ as: 'weather' });
const redriveFiles = async () => ({ settled: [], asked: [], invalid: [] });

const valid = (location: string) =>
  `{"Location":"${location}","Date_Time":"2024-01-01 00:00:01","Temperature_C":1.5,"Humidity_pct":50,"Precipitation_mm":0,"Wind_Speed_kmh":5,"retry":3}`;

/** Stores errors of a type, and returns their ids. */
async function store(type: string, rawRows: readonly string[], failedIn: string | null = null) {
  const rows = await query<{ id: string }>(
    `insert into error_weather_data (error_type, error_message, raw_row, file_name, failed_in)
     select $1, 'broken', r, 'in/' || $1 || '.csv', $3 from unnest($2::text[]) r returning id`,
    [type, rawRows, failedIn],
  );
  return rows.map(({ id }) => Number(id));
}
const statuses = async (ids: readonly number[]) =>
  (
    await query<{ status: string }>(
      'select processing_status as status from error_weather_data where id = any ($1::bigint[]) order by id',
      [ids],
    )
  ).map(({ status }) => status);

function world({ fails = false } = {}) {
  const sent: Parameters<KafkaProducer['send']>[0]['messages'][number][] = [];
  const table = errorsTable(connect());
  const send: KafkaProducer['send'] = async ({ messages }) => {
    sent.push(...messages);
    if (fails) throw new Error('the acknowledgement was lost');
  };
  return { table, sent, ports: { ...table, send, limits: plausible, redriveFiles } };
}

test('a valid record is sent once, with the id of its error as origin, to the consumer that failed', async () => {
  const { ports, sent } = world();
  const [first, second] = await store('RETRY_EXHAUSTED', [valid('Seoul'), valid('Busan')], 'watch-weather');
  expect(await redrive({ type: 'RETRY_EXHAUSTED' }, ports)).toEqual({ redriven: 2, files: [], invalid: [] });
  expect(await redrive({ type: 'RETRY_EXHAUSTED' }, ports)).toEqual({ redriven: 0, files: [], invalid: [] });
  expect(sent.map(({ key, headers }) => [key, headers]).sort()).toEqual([
    ['Busan', { origin: `error_weather_data/0/${second}`, 'retry-for': 'watch-weather' }],
    ['Seoul', { origin: `error_weather_data/0/${first}`, 'retry-for': 'watch-weather' }],
  ]);
  expect(sent[0]?.value).toContain('"retry":0');
});

test('an invalid record is not sent, with the reason, until it is corrected; then all consumers get it', async () => {
  const { ports, sent, table } = world();
  const [bad = 0, good = 0] = await store('TYPE_ERROR', ['Seoul,x', valid('Jeju')]);
  expect(await redrive({ type: 'TYPE_ERROR' }, ports)).toEqual({
    redriven: 1,
    files: [],
    invalid: [{ id: bad, reason: 'broken' }],
  });
  expect(await statuses([bad, good])).toEqual(['NEW', 'REDRIVEN']);
  expect(await table.correct([{ id: bad, before: null, text: valid('Seoul'), fields: [] }])).toEqual([bad]);
  expect(await redrive({ ids: [bad] }, ports)).toEqual({ redriven: 1, files: [], invalid: [] });
  expect(sent.at(-1)).toMatchObject({ key: 'Seoul', headers: { origin: `error_weather_data/0/${bad}` } });
  expect(sent.at(-1)?.headers).not.toHaveProperty('retry-for');
});

test('a crash between send and mark sends a record again with the same origin, and blocks changes meanwhile', async () => {
  const crashing = world({ fails: true });
  const [id = 0] = await store('CRASHED', [valid('Seoul')]);
  await expect(redrive({ type: 'CRASHED' }, crashing.ports)).rejects.toThrow('acknowledgement');
  expect(await statuses([id])).toEqual(['REDRIVING']);
  const { ports, sent, table } = world();
  expect(await table.correct([{ id, before: null, text: valid('Busan'), fields: [] }])).toEqual([]);
  expect(await table.ignore({ ids: [id] })).toBe(0);
  expect(await redrive({ type: 'CRASHED' }, ports)).toEqual({ redriven: 1, files: [], invalid: [] });
  expect(sent).toEqual(crashing.sent);
});

test('thousands of records are redriven in pages', async () => {
  const { ports, sent } = world();
  await store(
    'MANY',
    Array.from({ length: 1_234 }, (_, number) => valid(`Place ${number}`)),
  );
  expect(await redrive({ file: 'MANY' }, ports)).toEqual({ redriven: 1_234, files: [], invalid: [] });
  expect(new Set(sent.map(({ headers }) => headers.origin)).size).toBe(1_234);
});

test('an ignored error is settled for good, and listed only with --all', async () => {
  const { ports, table } = world();
  const [id = 0, other = 0] = await store('IGNORABLE', [valid('Seoul'), valid('Busan')]);
  expect(await table.ignore({ ids: [id] })).toBe(1);
  expect(await redrive({ ids: [id] }, ports)).toEqual({ redriven: 0, files: [], invalid: [] });
  const list = async (all: boolean) =>
    (await table.list({ type: 'IGNORABLE' }, { all, limit: 10 })).map((row) => [row.id, row.status]);
  expect(await list(false)).toEqual([[other, 'NEW']]);
  expect(await list(true)).toEqual([
    [other, 'NEW'],
    [id, 'IGNORED'],
  ]);
});

test('errors are found by type, file and time', async () => {
  const { table } = world();
  const ids = await store('FINDABLE', ['a', 'b']);
  await query("update error_weather_data set created_at = '2020-01-01' where id = $1", [ids[0]]);
  const found = async (selection: object) =>
    (await table.list(selection, { all: false, limit: 10 })).map(({ id }) => id);
  expect(await found({ type: 'FINDABLE', until: new Date('2020-01-02') })).toEqual([ids[0]]);
  expect(await found({ file: 'FINDABLE', since: new Date('2020-01-02') })).toEqual([ids[1]]);
  expect(await found({ type: 'FINDABLE', since: new Date('2019-12-31') })).toEqual([ids[1], ids[0]]);
});
