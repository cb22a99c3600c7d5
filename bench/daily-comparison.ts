import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { GetObjectCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import type pg from 'pg';
import { sparkVenv } from '../localstack/setup/tools.mjs';
import { formatCount } from '../localstack/terminal/text.ts';

interface Comparison {
  readonly pool: pg.Pool;
  readonly s3: S3Client;
  readonly bucket: string;
  /** An empty path for the raw objects. */
  readonly folder: string;
  readonly day: string;
}

type Figures = Readonly<Record<string, string | number | null>>;

/**
 * Compares all figures of Postgres and DuckDB.
 * @throws Error when two differ by more than 1e-9 of their size
 */
export async function compareWithDuckDb({ pool, s3, bucket, folder, day }: Comparison): Promise<void> {
  await fetchObjects(s3, bucket, folder);
  const begun = performance.now();
  const script = path.join(import.meta.dirname, 'daily_figures.py');
  const output = execFileSync(path.join(sparkVenv, 'bin/python'), [script, folder, day], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  });
  const seconds = (performance.now() - begun) / 1000;
  const expected = output
    .split('\n')
    .filter(Boolean)
    .map((line): Figures => JSON.parse(line));
  const stored = await pool.query<Figures & { location: string }>(
    `select *, observations::float8 as observations, extract(epoch from first_seen)::float8 * 1e6 as first_seen,
            extract(epoch from last_seen)::float8 * 1e6 as last_seen
       from daily_weather_summary where day = $1`,
    [day],
  );
  const found = new Map(stored.rows.map((row) => [row.location, row]));
  if (found.size !== expected.length)
    throw new Error(`Postgres has ${found.size} locations, DuckDB ${expected.length}`);
  let figures = 0;
  let largest = 0;
  for (const { location, ...row } of expected)
    for (const [name, value] of Object.entries(row)) {
      const difference = differenceOf(found.get(String(location))?.[name], value);
      if (!(difference <= 1e-9))
        throw new Error(`${location} ${name}: ${found.get(String(location))?.[name]}, DuckDB has ${value}`);
      largest = Math.max(largest, difference);
      figures++;
    }
  console.log(
    `${formatCount(figures)} figures of ${found.size} locations equal DuckDB's (${seconds.toFixed(1)} s), the largest difference is ${largest.toExponential(1)}`,
  );
}

/** The difference relative to the larger size, or absolute for numbers below 1. */
function differenceOf(found: unknown, expected: string | number | null): number {
  if (found === expected) return 0;
  if (typeof found !== 'number' || typeof expected !== 'number') return Number.NaN;
  return Math.abs(found - expected) / Math.max(1, Math.abs(found), Math.abs(expected));
}

async function fetchObjects(s3: S3Client, Bucket: string, folder: string): Promise<void> {
  const Prefix = 'raw/observations/';
  mkdirSync(folder);
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket, Prefix }))
    for (const { Key = '' } of Contents) {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
      writeFileSync(
        path.join(folder, Key.slice(Prefix.length).replaceAll('/', '-')),
        (await Body?.transformToByteArray()) ?? '',
      );
    }
}
