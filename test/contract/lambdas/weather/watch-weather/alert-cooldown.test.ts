import { expect, test } from '@jest/globals';
import type { Alert } from '../../../../../lambdas/weather/watch-weather/alerts.ts';
import { saveOutcome } from '../../../../../lambdas/weather/watch-weather/weather-tables.ts';
import { wireObservationWith } from '../../../../fixtures/observations.ts';
import { testDatabase } from '../../test-database.ts';
import { alert, nothing, settings, startMs } from './outcomes.ts';

const { connect, query } = testDatabase();

const raise = (...candidates: Alert[]) =>
  connect().transaction((tx) => saveOutcome(tx, { ...nothing, candidates }, settings));

const raisedMinutes = async (location: string) => {
  const rows = await query<{ minute: number }>(
    `select (extract(epoch from event_time - $2) / 60)::int as minute
       from weather_alerts where location = $1 order by alert_id`,
    [location, new Date(startMs)],
  );
  return rows.map(({ minute }) => minute);
};

test('a raised alert is stored with its reason, values and observation', async () => {
  expect(await raise(alert('서울', 0))).toBe(1);
  const rows = await query('select * from weather_alerts where location = $1', ['서울']);
  expect(rows).toMatchObject([
    {
      location: '서울',
      alert_type: 'TEMP_HIGH',
      alert_reason: 'Temperature 36 °C, at least 35 °C',
      event_time: new Date(startMs),
      value: 36,
      threshold: 35,
      slack_sent: false,
      raw_json: wireObservationWith({
        Location: '서울',
        Date_Time: '2024-07-01 00:00:00',
        Temperature_C: 36,
        Humidity_pct: 50,
        Wind_Speed_kmh: 5,
      }),
    },
  ]);
});

test('an alert within the cooldown is not raised, in one batch and over several', async () => {
  expect(await raise(alert('Busan', 0), alert('Busan', 29), alert('Busan', 30), alert('Busan', 45))).toBe(2);
  expect(await raise(alert('Busan', 59), alert('Busan', 60))).toBe(1);
  expect(await raisedMinutes('Busan')).toEqual([0, 30, 60]);
});

test('each location and alert type has its own cooldown', async () => {
  expect(
    await raise(alert('Jeju', 0), alert('Jeju', 1, 'WIND_STRONG'), alert('Ulsan', 2), alert('Jeju', 3)),
  ).toBe(3);
});

test('an alert dated years ahead does not suppress later alerts', async () => {
  await raise(alert('Incheon', 100_000_000));
  expect(await raise(alert('Incheon', 0), alert('Incheon', 10))).toBe(1);
});

test.each(['TEMP_HIGH', 'ANOMALY'] as const)(
  'concurrent functions that see the same cause raise one %s alert',
  async (type) => {
    const raised = await Promise.all(
      Array.from({ length: 5 }, () => raise(alert('Daegu', 0, type), alert('Daejeon', 0, type))),
    );
    expect(raised.reduce((sum, count) => sum + count)).toBe(2);
  },
);

test('the cooldown of a batch that is rolled back leaves no trace', async () => {
  const failing = connect().transaction(async (tx) => {
    await saveOutcome(tx, { ...nothing, candidates: [alert('Gwangju', 0)] }, settings);
    throw new Error('later');
  });
  await expect(failing).rejects.toThrow('later');
  expect(await raise(alert('Gwangju', 5))).toBe(1);
});

test('the cooldown is applied to 10,000 candidates of one location in one call', async () => {
  const alerts = Array.from({ length: 10_000 }, (_, index) => alert('Phoenix', index * 10));
  expect(await raise(...alerts)).toBe(3_334);
});
