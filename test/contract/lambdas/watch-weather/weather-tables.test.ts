import { describe, expect, test } from '@jest/globals';
import type { Observation } from '../../../../lambdas/shared/observation.ts';
import type { Alert } from '../../../../lambdas/watch-weather/alerts.ts';
import { keepLatest, raiseAlerts } from '../../../../lambdas/watch-weather/weather-tables.ts';
import { testDatabase } from '../test-database.ts';

const { connect, query } = testDatabase();

const startMs = Date.UTC(2024, 6, 1);
const cooldownMinutes = 30;

const observation = (location: string, minute: number, temperatureC = 36): Observation => ({
  location,
  observedAtMs: startMs + minute * 60_000,
  temperatureC,
  humidityPct: 50,
  precipitationMm: 0,
  windSpeedKmh: 5,
  retry: 0,
});

const alert = (location: string, minute: number, type: Alert['type'] = 'TEMP_HIGH'): Alert => ({
  type,
  reason: 'Temperature 36 °C, at least 35 °C',
  value: 36,
  threshold: 35,
  observation: observation(location, minute),
});

const raise = (...alerts: Alert[]) => connect().transaction((tx) => raiseAlerts(tx, alerts, cooldownMinutes));

const raisedMinutes = async (location: string) => {
  const rows = await query<{ minute: number }>(
    `select (extract(epoch from event_time - $2) / 60)::int as minute
       from weather_alerts where location = $1 order by alert_id`,
    [location, new Date(startMs)],
  );
  return rows.map(({ minute }) => minute);
};

describe('raiseAlerts', () => {
  test('keeps what the alert was about', async () => {
    expect(await raise(alert('서울', 0))).toBe(1);
    const rows = await query('select * from weather_alerts where location = $1', ['서울']);
    expect(rows).toEqual([
      {
        alert_id: expect.any(String),
        location: '서울',
        alert_type: 'TEMP_HIGH',
        alert_reason: 'Temperature 36 °C, at least 35 °C',
        event_time: new Date(startMs),
        value: 36,
        threshold: 35,
        created_at: expect.any(Date),
        slack_sent: false,
        slack_sent_at: null,
        retry_count: 0,
        raw_json: {
          Location: '서울',
          Date_Time: '2024-07-01 00:00:00',
          Temperature_C: 36,
          Humidity_pct: 50,
          Precipitation_mm: 0,
          Wind_Speed_kmh: 5,
          retry: 0,
        },
        leased_until: null,
      },
    ]);
  });

  test('holds back an alert within the cooldown, in one batch and over several', async () => {
    expect(await raise(alert('Busan', 0), alert('Busan', 29), alert('Busan', 30), alert('Busan', 45))).toBe(
      2,
    );
    expect(await raise(alert('Busan', 59), alert('Busan', 60))).toBe(1);
    expect(await raisedMinutes('Busan')).toEqual([0, 30, 60]);
  });

  test('counts the cooldown for each location and type by itself', async () => {
    expect(
      await raise(alert('Jeju', 0), alert('Jeju', 1, 'WIND_STRONG'), alert('Ulsan', 2), alert('Jeju', 3)),
    ).toBe(3);
  });

  test('is not silenced by a reading dated years ahead', async () => {
    await raise(alert('Incheon', 100_000_000));
    expect(await raise(alert('Incheon', 0), alert('Incheon', 10))).toBe(1);
  });

  test('alerts once when two functions see the same cause at once', async () => {
    const raised = await Promise.all(
      Array.from({ length: 5 }, () => raise(alert('Daegu', 0), alert('Daejeon', 0))),
    );
    expect(raised.reduce((sum, count) => sum + count)).toBe(2);
  });

  test('leaves no trace of a batch that is rolled back', async () => {
    const failing = connect().transaction(async (tx) => {
      await raiseAlerts(tx, [alert('Gwangju', 0)], cooldownMinutes);
      throw new Error('later');
    });
    await expect(failing).rejects.toThrow('later');
    expect(await raise(alert('Gwangju', 5))).toBe(1);
  });

  test('decides ten thousand candidates of one place in under five seconds', async () => {
    const alerts = Array.from({ length: 10_000 }, (_, index) => alert('Phoenix', index * 10));
    const startedAt = performance.now();
    expect(await raise(...alerts)).toBe(3_334);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });
});

test('keepLatest keeps the newest observation of a place, whatever comes later', async () => {
  const keep = (...observations: Observation[]) =>
    connect().transaction((tx) => keepLatest(tx, observations));
  await keep(observation('Suwon', 10, 20), observation('Sokcho', 10, 20));
  await keep(observation('Suwon', 5, 1), observation('Sokcho', 15, 2));
  const rows = await query(
    `select location, temperature_c from latest_observations where location in ('Suwon', 'Sokcho') order by 1`,
  );
  expect(rows).toEqual([
    { location: 'Sokcho', temperature_c: 2 },
    { location: 'Suwon', temperature_c: 20 },
  ]);
});
