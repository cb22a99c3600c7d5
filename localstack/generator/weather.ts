import type { MeasureField } from '../../lambdas/shared/wire/measures.ts';
import type { Observation } from '../../lambdas/shared/wire/observation.ts';
import type { Climate } from './climates.ts';
import { chance, noise } from './random.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const yearDays = 365.25;

const clamp = (value: number, min: number, max: number): number => Math.min(max, Math.max(min, value));
const round = (value: number, digits: number): number => Number(value.toFixed(digits));

/** 1 at `peak`, −1 half a period away. */
const cycle = (at: number, peak: number, period: number): number =>
  Math.cos((2 * Math.PI * (at - peak)) / period);

/** How far a value in [0, 1) is above a limit, scaled to 0 to 1. */
const above = (value: number, limit: number): number => Math.max(0, (value - limit) / (1 - limit));

/** An observation with all measures. */
export type FullObservation = Observation & Readonly<Record<MeasureField, number>>;

/** Keys of the independent random curves of one city. */
const element = {
  wetness: 1,
  front: 2,
  spell: 3,
  storm: 4,
  wind: 5,
  humidity: 6,
  gust: 7,
  shower: 8,
  sensor: 9,
} as const;

/**
 * The weather of a place at a time. It depends on place, time and seed only. Clouds damp the daily swing and
 * raise humidity, rain falls from clouds, storms bring wind and downpours, and slow spells bring heat waves
 * and cold snaps.
 */
export const observe = (
  climate: Climate,
  { city, atMs, seed }: { city: number; atMs: number; seed: number },
): FullObservation => {
  const day = atMs / dayMs;
  const localHour = (atMs / hourMs + climate.utcOffsetH) % 24;
  const curve = (of: number, periodDays: number) => noise(day / periodDays, seed, city, of);
  const jitter = (of: number) => chance(seed, city, of, Math.floor(atMs / 1000)) - 0.5;

  const rainShare =
    climate.rainShare * (1 + climate.rainSwing * cycle(day % yearDays, climate.wettestDay, yearDays));
  const wetness = curve(element.wetness, 0.6);
  const raining = above(wetness, 1 - rainShare);
  const cloud = clamp((wetness - (0.55 - rainShare)) / 0.4, 0, 1);
  const storm = above(curve(element.storm, 5), 0.9);

  const afternoon = cycle(localHour, 15, 24);
  const daily = climate.daySwingC * afternoon * (1 - 0.5 * cloud);
  const yearly = climate.yearSwingC * cycle(day % yearDays, climate.warmestDay, yearDays);
  // Air masses differ most where seasons do: the tropics have neither cold fronts nor heat waves.
  const variability = Math.min(1, 0.25 + climate.yearSwingC / 12);
  const front = 7 * variability * (curve(element.front, 3.7) - 0.5);
  const spell = curve(element.spell, 11);
  const extreme = 7 * variability * (above(spell, 0.82) - above(1 - spell, 0.82));
  const temperatureC =
    climate.meanC + yearly + daily + front + extreme - 1.5 * raining + 0.8 * jitter(element.sensor);

  const shower = climate.rainMm * raining ** 1.5 * (1 + jitter(element.shower));
  const downpour = raining > 0 ? 45 * storm * (0.6 + 0.8 * (jitter(element.shower) + 0.5)) : 0;
  const precipitationMm = raining > 0 ? Math.max(0.1, shower + downpour) : 0;

  const dampness =
    climate.humidityPct + 24 * (cloud - 0.5) - 1.4 * daily + 14 * (curve(element.humidity, 1.3) - 0.5);
  const humidityPct = raining > 0 ? Math.max(dampness, 84 + 14 * raining) : dampness;

  const breeze = climate.windKmh * (0.3 + 1.2 * curve(element.wind, 0.4)) * (1 + 0.2 * afternoon);
  const windSpeedKmh = breeze + 60 * storm + 5 * (jitter(element.gust) + 0.5);

  return {
    location: climate.location,
    observedAtMs: atMs,
    temperatureC: round(temperatureC, 1),
    humidityPct: round(clamp(humidityPct, 5, 100), 0),
    precipitationMm: round(precipitationMm, 1),
    windSpeedKmh: round(windSpeedKmh, 1),
    retry: 0,
  };
};
