import { type MeasureField, measures } from './measures.ts';

/** Every type of weather alert, with the measure that it is about. An anomaly may be of any measure. */
export const alertTypes = {
  TEMP_HIGH: 'temperatureC',
  TEMP_LOW: 'temperatureC',
  RAIN_HEAVY: 'precipitationMm',
  WIND_STRONG: 'windSpeedKmh',
  ANOMALY: null,
} as const satisfies Record<string, MeasureField | null>;

export type AlertType = keyof typeof alertTypes;

/** A row of the database may have a type of another release. */
export const isAlertType = (type: string): type is AlertType => Object.hasOwn(alertTypes, type);

/** The unit of an alert's value and threshold; empty where the type does not tell. */
export function unitOfAlert(type: string): string {
  const field = isAlertType(type) ? alertTypes[type] : null;
  return field === null ? '' : measures[field].unit;
}
