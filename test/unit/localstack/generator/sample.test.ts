import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { makeSample } from '../../../../localstack/generator/sample.ts';
import { ingestedRows } from '../../../fixtures/ingested-rows.ts';

const folder = path.join(import.meta.dirname, '../../../../localstack/sample');
const sample = await makeSample();
const bundled = (name: string) => readFile(path.join(folder, name));

/** Reads a file as ingest-observations does. */
const ingest = async (content: Buffer) => {
  const results = await ingestedRows(content);
  return {
    valid: results.flatMap((result) => ('observation' in result ? [result.observation] : [])),
    errors: results.flatMap((result) => ('fault' in result ? [result.fault.errorType] : [])),
  };
};

test('making the sample again gives the bundled files and their README', async () => {
  for (const { name, content } of sample.files) expect((await bundled(name)).equals(content)).toBe(true);
  expect(await bundled('README.md')).toEqual(Buffer.from(sample.readme));
  const shown = (await readdir(folder)).filter((name) => !name.startsWith('.') && name !== 'formats');
  expect(shown.toSorted()).toEqual(['README.md', ...sample.files.map(({ name }) => name)].toSorted());
});

test.each(sample.files)(
  'the invalid rows of $name are those that its README states',
  async ({ name, truth }) => {
    const { valid, errors } = await ingest(await bundled(name));
    const count = (type: string) => errors.filter((error) => error === type).length;
    expect({
      rows: valid.length + errors.length,
      missingField: count('MISSING_FIELD'),
      corruptNumber: count('TYPE_ERROR'),
      corruptDate: count('DATE_ERROR'),
    }).toEqual(truth);
  },
);

test('the sample has a few thousand rows in less than 400 kB, with every kind of alert and of invalid row', async () => {
  const ingested = await Promise.all(sample.files.map(({ content }) => ingest(content)));
  const observations = ingested.flatMap(({ valid }) => valid);
  const bytes = sample.files.reduce((sum, { content }) => sum + content.length, 0);
  expect(bytes).toBeLessThan(400_000);
  expect(observations.length).toBeGreaterThan(3000);
  expect(observations.some(({ temperatureC }) => Number(temperatureC) >= 35)).toBe(true);
  expect(observations.some(({ temperatureC }) => Number(temperatureC) <= -12)).toBe(true);
  expect(observations.some(({ precipitationMm }) => Number(precipitationMm) >= 30)).toBe(true);
  expect(observations.some(({ windSpeedKmh }) => Number(windSpeedKmh) >= 50)).toBe(true);
  for (const { truth } of sample.files.filter(({ name }) => !name.includes('clean'))) {
    expect(Math.min(truth.missingField, truth.corruptNumber, truth.corruptDate)).toBeGreaterThan(0);
  }
});

test('one sample file has a byte order mark and CRLF, and one has Korean names with commas and quotes', async () => {
  const excel = await bundled('observations-2024-04-excel.csv');
  expect(excel.subarray(0, 3)).toEqual(Buffer.from([0xef, 0xbb, 0xbf]));
  expect(
    excel
      .toString()
      .split('\n')
      .slice(0, -1)
      .every((line) => line.endsWith('\r')),
  ).toBe(true);
  const locations = (await ingest(await bundled('observations-2024-07-korea.csv'))).valid.map(
    ({ location }) => location,
  );
  expect(locations).toContain('서울특별시, 강남구');
  expect(locations).toContain('강원특별자치도, 평창군 "대관령"');
});
