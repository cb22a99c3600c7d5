/**
 * The measures of an observation, by its field. `name` is their name on the wire and in the header of a CSV
 * file, `column` the one in Parquet files and in Postgres. The order is that of a file without a header and
 * of every array of all measures.
 */
export const measures = {
  temperatureC: { name: 'Temperature_C', column: 'temperature_c', label: 'Temperature', unit: '°C' },
  humidityPct: { name: 'Humidity_pct', column: 'humidity_pct', label: 'Humidity', unit: '%' },
  precipitationMm: {
    name: 'Precipitation_mm',
    column: 'precipitation_mm',
    label: 'Precipitation',
    unit: 'mm',
  },
  windSpeedKmh: { name: 'Wind_Speed_kmh', column: 'wind_speed_kmh', label: 'Wind', unit: 'km/h' },
} as const satisfies Record<string, Measure>;

interface Measure {
  readonly name: string;
  readonly column: string;
  readonly label: string;
  readonly unit: string;
}

export type MeasureField = keyof typeof measures;
export const measureFields = Object.keys(measures) as readonly MeasureField[];
