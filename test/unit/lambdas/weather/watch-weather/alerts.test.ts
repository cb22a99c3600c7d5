import { expect, test } from '@jest/globals';
import { findAlerts } from '../../../../../lambdas/weather/watch-weather/alerts.ts';
import { observationWith } from '../../../../fixtures/observations.ts';

const thresholds = { tempHighC: 35, tempLowC: -10, rainHeavyMm: 30, windStrongKmh: 60 };
const mild = observationWith({ observedAtMs: 0, temperatureC: 20, humidityPct: 50, windSpeedKmh: 10 });

test.each([
  [{ temperatureC: 35 }, ['TEMP_HIGH', 'Temperature 35 °C, at least 35 °C']],
  [{ temperatureC: 34.999 }, []],
  [{ temperatureC: -10 }, ['TEMP_LOW', 'Temperature -10 °C, at most -10 °C']],
  [{ temperatureC: -9.999 }, []],
  [{ precipitationMm: 30.456 }, ['RAIN_HEAVY', 'Precipitation 30.46 mm, at least 30 mm']],
  [{ precipitationMm: 29.9 }, []],
  [{ windSpeedKmh: 60 }, ['WIND_STRONG', 'Wind 60 km/h, at least 60 km/h']],
  [{ windSpeedKmh: 59.9 }, []],
  [{ temperatureC: null, precipitationMm: null, windSpeedKmh: null }, []],
  [{}, []],
])('the alerts of mild weather with %j are %j', (weather, expected) => {
  const alerts = findAlerts({ ...mild, ...weather }, thresholds);
  expect(alerts.flatMap(({ type, reason }) => [type, reason])).toEqual(expected);
});

test('a reading raises one alert for each threshold it crosses', () => {
  const alerts = findAlerts({ ...mild, temperatureC: 40, windSpeedKmh: 90 }, thresholds);
  expect(alerts).toMatchObject([
    { type: 'TEMP_HIGH', value: 40, threshold: 35 },
    { type: 'WIND_STRONG', value: 90, threshold: 60 },
  ]);
});
