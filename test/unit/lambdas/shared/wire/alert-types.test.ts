import { expect, test } from '@jest/globals';
import { isAlertType, unitOfAlert } from '../../../../../lambdas/shared/wire/alert-types.ts';

test.each([
  ['TEMP_HIGH', '°C'],
  ['TEMP_LOW', '°C'],
  ['RAIN_HEAVY', 'mm'],
  ['WIND_STRONG', 'km/h'],
  ['ANOMALY', ''],
  ['OF_ANOTHER_RELEASE', ''],
])('the value of an alert of type %s has the unit "%s"', (type, unit) => {
  expect(unitOfAlert(type)).toBe(unit);
});

test('a name that every object has is no alert type', () => {
  expect(isAlertType('constructor')).toBe(false);
});
