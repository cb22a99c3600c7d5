import { objectOf, show } from '../failures/fields.ts';
import { type MeasureField, measures } from './measures.ts';

export interface MeasureRange {
  readonly min: number;
  readonly max: number;
}

/** The range of plausible observations: the world's records with a margin. */
export interface Limits extends Readonly<Record<MeasureField, MeasureRange>> {
  readonly firstYear: number;
}

/**
 * Records of the World Meteorological Organization: −89.2 and 56.7 °C, 1,825 mm in a day, gusts of 408 km/h.
 * Spark refuses dates before 1900.
 * @see https://wmo.asu.edu/content/world-meteorological-organization-global-weather-climate-extremes-archive
 */
export const plausible: Limits = {
  temperatureC: { min: -95, max: 60 },
  humidityPct: { min: 0, max: 100 },
  precipitationMm: { min: 0, max: 2_000 },
  windSpeedKmh: { min: 0, max: 450 },
  firstYear: 1900,
};

/** @throws Error that names the limit that is missing or wrong */
export function limitsFromJson(text: string): Limits {
  const given: Partial<Record<string, unknown>> = objectOf('limits', JSON.parse(text));
  const range = (name: keyof Limits): MeasureRange => {
    const { min, max } = objectOf(name, given[name]);
    if (typeof min === 'number' && typeof max === 'number' && min <= max) return { min, max };
    throw new Error(`${name}: found ${show(given[name])}, expected {"min": number, "max": number}`);
  };
  const { firstYear } = given;
  // Spark writes no dates before 1900 that every reader understands.
  if (typeof firstYear !== 'number' || !Number.isInteger(firstYear) || firstYear < 1900)
    throw new Error(`firstYear: found ${show(firstYear)}, expected a year from 1900 on`);
  return {
    temperatureC: range('temperatureC'),
    humidityPct: range('humidityPct'),
    precipitationMm: range('precipitationMm'),
    windSpeedKmh: range('windSpeedKmh'),
    firstYear,
  };
}

/** By the names of the columns in the lake. */
export const measureRanges = (limits: Limits = plausible): Readonly<Record<string, MeasureRange>> => ({
  [measures.temperatureC.column]: limits.temperatureC,
  [measures.humidityPct.column]: limits.humidityPct,
  [measures.precipitationMm.column]: limits.precipitationMm,
  [measures.windSpeedKmh.column]: limits.windSpeedKmh,
});
