import type { Observation } from '../../shared/wire/observation.ts';

export interface Measure {
  readonly field: keyof Observation & ('temperatureC' | 'humidityPct' | 'precipitationMm' | 'windSpeedKmh');
  /** Prefix of the measure's columns in Postgres. */
  readonly column: string;
  readonly label: string;
  readonly unit: string;
  /** Rain and wind vary more when they are strong, so anomalies are scored on `log(1 + value)`. */
  readonly scale: 'linear' | 'logarithmic';
  /**
   * Lower bound of the standard deviation, on the measure's scale. Without it, any change in a constant
   * series would be an anomaly. ADR 7 says how the values were chosen, on synthesised weather.
   */
  readonly minStandardDeviation: number;
}

const temperature: Measure = {
  field: 'temperatureC',
  column: 'temperature_c',
  label: 'Temperature',
  unit: '°C',
  scale: 'linear',
  minStandardDeviation: 1,
};

const humidity: Measure = {
  field: 'humidityPct',
  column: 'humidity_pct',
  label: 'Humidity',
  unit: '%',
  scale: 'linear',
  minStandardDeviation: 8,
};

const precipitation: Measure = {
  field: 'precipitationMm',
  column: 'precipitation_mm',
  label: 'Precipitation',
  unit: 'mm',
  scale: 'logarithmic',
  minStandardDeviation: 0.7,
};

const windSpeed: Measure = {
  field: 'windSpeedKmh',
  column: 'wind_speed_kmh',
  label: 'Wind',
  unit: 'km/h',
  scale: 'logarithmic',
  minStandardDeviation: 0.3,
};

/** Every array with one number per measure uses this order. */
export const measures: readonly Measure[] = [temperature, humidity, precipitation, windSpeed];

/**
 * The value of the measure at this place of `measures`. A switch becomes plain loads; `observation[field]`
 * looks each name up.
 */
export function valueAt(observation: Observation, place: number): number | null {
  switch (place) {
    case 0:
      return observation.temperatureC;
    case 1:
      return observation.humidityPct;
    case 2:
      return observation.precipitationMm;
    default:
      return observation.windSpeedKmh;
  }
}
