import type { Observation } from '../../shared/wire/observation.ts';

export interface Measure {
  readonly field: keyof Observation & ('temperatureC' | 'humidityPct' | 'precipitationMm' | 'windSpeedKmh');
  /** The stem of its columns in Postgres. */
  readonly column: string;
  readonly what: string;
  readonly unit: string;
  /** Rain and wind come in bursts whose size grows with them: they are judged by `log(1 + value)`. */
  readonly scale: 'linear' | 'logarithmic';
  /**
   * The least standard deviation that a series is taken to have, on its scale, so that a change in one that was constant is
   * not without limit. Chosen on the synthesised weather: docs/adr/0007-windows-and-anomalies.md.
   */
  readonly leastDeviation: number;
}

const temperature: Measure = {
  field: 'temperatureC',
  column: 'temperature_c',
  what: 'Temperature',
  unit: '°C',
  scale: 'linear',
  leastDeviation: 1,
};

const humidity: Measure = {
  field: 'humidityPct',
  column: 'humidity_pct',
  what: 'Humidity',
  unit: '%',
  scale: 'linear',
  leastDeviation: 8,
};

const precipitation: Measure = {
  field: 'precipitationMm',
  column: 'precipitation_mm',
  what: 'Precipitation',
  unit: 'mm',
  scale: 'logarithmic',
  leastDeviation: 0.7,
};

const windSpeed: Measure = {
  field: 'windSpeedKmh',
  column: 'wind_speed_kmh',
  what: 'Wind',
  unit: 'km/h',
  scale: 'logarithmic',
  leastDeviation: 0.3,
};

/** Wherever numbers of all measures stand in an array, this is their order. */
export const measures: readonly Measure[] = [temperature, humidity, precipitation, windSpeed];
