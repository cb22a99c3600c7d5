// Measures the cost of a batch in watch-weather, in Node and in Postgres, without Kafka and Lambda. See
// README.md.

import { parseArgs } from 'node:util';
import type { FreshRecords } from '../lambdas/shared/exactly-once/exactly-once.ts';
import type { Database, Query } from '../lambdas/shared/postgres/database.ts';
import { plausible } from '../lambdas/shared/wire/limits.ts';
import { encodeObservation } from '../lambdas/shared/wire/observation.ts';
import { loadSeries } from '../lambdas/weather/watch-weather/series-table.ts';
import { watchWeather } from '../lambdas/weather/watch-weather/watch-weather.ts';
import { saveOutcome } from '../lambdas/weather/watch-weather/weather-tables.ts';
import { stages } from '../lib/config.ts';
import { climates } from '../localstack/generator/climates.ts';
import { observe } from '../localstack/generator/weather.ts';
import { cpuMsOf, withPostgres } from './own-postgres.ts';
import { median } from './statistics.ts';

const { values: options } = parseArgs({ options: { batches: { type: 'string', default: '10' } } });
const batches = Number(options.batches);
const batchSize = 10_000;

const { alerts, windows, anomalies } = stages.local;
const rules = {
  thresholds: alerts,
  watermark: {
    windowMs: windows.seconds * 1000,
    delayMs: windows.watermarkDelaySeconds * 1000,
    jumpMs: windows.jumpHours * 3_600_000,
  },
  anomalies: { ...anomalies, threshold: anomalies.thresholdDeviations },
};
const settings = {
  windowSeconds: windows.seconds,
  cooldownMinutes: alerts.cooldownMinutes,
  keepDays: windows.keepDays,
};

interface Load {
  readonly name: string;
  readonly locations: number;
  /** Event time between records. */
  readonly rowIntervalS: number;
  /** Every record is hot enough for an alert. */
  readonly hot?: boolean;
  /** Every third record lacks its humidity. */
  readonly gaps?: boolean;
}

/** Batch `number` of a load, as the ledger passes it on. The locations take turns. */
function batchOf({ name, locations, rowIntervalS, hot, gaps }: Load, number: number): FreshRecords {
  const records = Array.from({ length: batchSize }, (_, index) => {
    const row = number * batchSize + index;
    const place = row % locations;
    const atMs = Date.UTC(2000, 0, 1) + row * rowIntervalS * 1000;
    const climate = climates[place % climates.length] ?? climates[0];
    const observation = {
      ...observe(climate, { city: place % climates.length, atMs, seed: 1 }),
      location: `${name}/${place}`,
      ...(hot ? { temperatureC: 40 } : {}),
      ...(gaps && row % 3 === 0 ? { humidityPct: null } : {}),
    };
    return {
      topic: 'weather-data',
      partition: 0,
      offset: row,
      timestampMs: Date.UTC(2026, 0, 1),
      key: null,
      text: '',
      value: JSON.parse(encodeObservation(observation)) as unknown,
      headers: {},
    };
  });
  return { topic: 'weather-data', partition: 0, records };
}

async function measure(database: Database, load: Load) {
  const [session] = await database.query<{ pid: number }>('select pg_backend_pid() as pid');
  const sessionPid = session?.pid ?? 0;
  const startedAtCpuMs = cpuMsOf(sessionPid);
  const nodeUs: number[] = [];
  const sqlMs: number[] = [];
  const wallMs: number[] = [];
  let alerts = 0;
  for (let number = 0; number < batches; number++) {
    const batch = batchOf(load, number);
    const startedAt = performance.now();
    let inSqlMs = 0;
    const cpu = process.cpuUsage();
    await database.transaction(async (tx) => {
      const query: Query = async (sql, values) => {
        const askedAt = performance.now();
        try {
          return await tx(sql, values);
        } finally {
          inSqlMs += performance.now() - askedAt;
        }
      };
      const summary = await watchWeather(
        [batch],
        { ...rules, limits: plausible },
        {
          load: (keys) => loadSeries(query, keys),
          save: (outcome) => saveOutcome(query, outcome, settings),
        },
      );
      alerts += summary.alerts;
    });
    const { user, system } = process.cpuUsage(cpu);
    nodeUs.push((user + system) / batchSize);
    sqlMs.push(inSqlMs);
    wallMs.push(performance.now() - startedAt);
  }
  const sqlCpu = (cpuMsOf(sessionPid) - startedAtCpuMs) / batches;
  return { node: median(nodeUs), sqlCpu, sql: median(sqlMs), wall: median(wallMs), alerts: alerts / batches };
}

const loads: readonly Load[] = [1, 3600].flatMap((rowIntervalS) =>
  [1, 10, 1000].map((locations) => ({
    name: `${locations} locations, ${rowIntervalS} s apart`,
    locations,
    rowIntervalS,
  })),
);
const hot = { name: '10 locations, 1 s apart, all hot', locations: 10, rowIntervalS: 1, hot: true };
const gaps = { name: '10 locations, 3600 s apart, gaps', locations: 10, rowIntervalS: 3600, gaps: true };

await withPostgres(async (database) => {
  console.log(`${batches} batches of ${batchSize}, medians; a warm-up is not counted`);
  await measure(database, { name: 'warm-up', locations: 10, rowIntervalS: 1 });
  for (const load of [...loads, hot, gaps]) {
    const { node, sql, sqlCpu, wall, alerts } = await measure(database, load);
    console.log(
      `${load.name.padEnd(34)} Node ${node.toFixed(2)} µs CPU per record, SQL ${sqlCpu.toFixed(0)} ms CPU, ${sql.toFixed(0)} ms per batch, ` +
        `${Math.round((batchSize / wall) * 1000)} records/s, ${alerts.toFixed(0)} alerts per batch`,
    );
  }
});
