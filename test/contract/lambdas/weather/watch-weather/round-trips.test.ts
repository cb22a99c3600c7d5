import { expect, jest, test } from '@jest/globals';
import pg from 'pg';
import { consume } from '../../../../../lambdas/shared/exactly-once/consume.ts';
import { loadSeries } from '../../../../../lambdas/weather/watch-weather/series-table.ts';
import { watchWeather } from '../../../../../lambdas/weather/watch-weather/watch-weather.ts';
import { saveOutcome } from '../../../../../lambdas/weather/watch-weather/weather-tables.ts';
import { testDatabase } from '../../test-database.ts';
import { asConfigured, eventOf } from './watched-weather.ts';

const { connect } = testDatabase();

const { rules, settings } = asConfigured({
  windowSeconds: 60,
  delaySeconds: 120,
  jumpHours: 24,
  cooldownMinutes: 30,
  tempHighC: 35,
  tempLowC: -15,
  rainHeavyMm: 30,
  windStrongKmh: 80,
  alpha: 0.05,
  thresholdDeviations: 6,
  warmUpReadings: 30,
});

test('a batch takes six round trips to Postgres, whatever it holds', async () => {
  const handle = consume({
    name: 'watch-weather',
    epochs: {},
    database: connect(),
    log: { info() {}, error() {} },
    apply: (partitions, query) =>
      watchWeather(partitions, rules, {
        load: (keys) => loadSeries(query, keys),
        save: (outcome) => saveOutcome(query, outcome, settings),
      }),
  });
  const batch = Array.from({ length: 10_000 }, (_, index) => ({
    location: `location ${index % 100}`,
    observedAtMs: Date.UTC(2024, 6, 1) + index * 1000,
    receivedAtMs: Date.UTC(2026, 0, 1),
    temperatureC: index % 50 === 0 ? 40 : 20,
    humidityPct: 50,
    precipitationMm: 0,
    windSpeedKmh: 10,
  }));
  // The first event of a function names the generation of its topic.
  await handle(eventOf(1, 0, batch.slice(0, 1)));
  const sent = jest.spyOn(pg.Client.prototype, 'query');
  try {
    await handle(eventOf(0, 0, batch));
    expect(sent.mock.calls.length).toBe(6);
  } finally {
    sent.mockRestore();
  }
});
