import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { climates } from '../../../../localstack/generator/climates.ts';
import { chance, noise } from '../../../../localstack/generator/random.ts';
import { type FullObservation, observe } from '../../../../localstack/generator/weather.ts';

const hourMs = 3_600_000;
const newYearMs = Date.UTC(2024, 0, 1);

/** The observations of a leap year, `everyH` hours apart. */
const yearOf = (location: string, everyH = 3): FullObservation[] => {
  const city = climates.findIndex((climate) => climate.location === location);
  const climate = climates[city] ?? climates[0];
  return Array.from({ length: (366 * 24) / everyH }, (_, i) =>
    observe(climate, { city, atMs: newYearMs + i * everyH * hourMs, seed: 7 }),
  );
};

const mean = (observations: readonly FullObservation[], of: (observation: FullObservation) => number) =>
  observations.reduce((sum, observation) => sum + of(observation), 0) / observations.length;

const temperature = ({ temperatureC }: FullObservation) => temperatureC;
const inMonth = (month: number) => (observation: FullObservation) =>
  new Date(observation.observedAtMs).getUTCMonth() === month;
const atUtcHour = (hour: number) => (observation: FullObservation) =>
  new Date(observation.observedAtMs).getUTCHours() === hour;

describe('a year in Seoul', () => {
  const year = yearOf('서울');

  test('Seoul is hot in July and cold in January', () => {
    expect(mean(year.filter(inMonth(6)), temperature)).toBeGreaterThan(22);
    expect(mean(year.filter(inMonth(0)), temperature)).toBeLessThan(2);
  });

  test('Seoul is warmer in the afternoon than before dawn, in local time', () => {
    const afternoon = mean(year.filter(atUtcHour(6)), temperature);
    const dawn = mean(year.filter(atUtcHour(18)), temperature);
    expect(afternoon - dawn).toBeGreaterThan(5);
  });

  test('Seoul is wettest in the monsoon, and more humid when it rains', () => {
    const rain = ({ precipitationMm }: FullObservation) => precipitationMm;
    const humidity = ({ humidityPct }: FullObservation) => humidityPct;
    expect(mean(year.filter(inMonth(6)), rain)).toBeGreaterThan(mean(year.filter(inMonth(0)), rain) * 2);
    const wet = year.filter((observation) => rain(observation) > 0);
    const dry = year.filter((observation) => rain(observation) === 0);
    expect(mean(wet, humidity) - mean(dry, humidity)).toBeGreaterThan(20);
  });
});

test('south of the equator, summer is in January', () => {
  const year = yearOf('Alice Springs');
  expect(mean(year.filter(inMonth(0)), temperature)).toBeGreaterThan(
    mean(year.filter(inMonth(6)), temperature) + 10,
  );
});

test('0.5 to 5 % of observations are extreme enough for an alert', () => {
  const all = climates.flatMap(({ location }) => yearOf(location, 18));
  const severe = all.filter(
    ({ temperatureC, precipitationMm, windSpeedKmh }) =>
      temperatureC >= 35 || temperatureC <= -12 || precipitationMm >= 30 || windSpeedKmh >= 50,
  );
  expect(severe.length / all.length).toBeGreaterThan(0.005);
  expect(severe.length / all.length).toBeLessThan(0.05);
});

test('observations for any time and seed are physically plausible', () => {
  const somewhere = fc.integer({ min: 0, max: climates.length - 1 });
  const sometime = fc.integer({ min: 0, max: Date.UTC(2100, 0, 1) });
  const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(somewhere, sometime, seeds, (city, atMs, seed) => {
      const observation = observe(climates[city] ?? climates[0], { city, atMs, seed });
      expect(Math.abs(observation.temperatureC)).toBeLessThan(50);
      expect(observation.humidityPct).toBeGreaterThanOrEqual(5);
      expect(observation.humidityPct).toBeLessThanOrEqual(100);
      expect(observation.precipitationMm).toBeGreaterThanOrEqual(0);
      expect(observation.precipitationMm).toBeLessThan(150);
      expect(observation.windSpeedKmh).toBeGreaterThan(0);
      expect(observation.windSpeedKmh).toBeLessThan(200);
      if (observation.precipitationMm > 0) expect(observation.humidityPct).toBeGreaterThanOrEqual(84);
    }),
  );
});

test('chance is uniform, and noise is a smooth curve', () => {
  const values = Array.from({ length: 10_000 }, (_, i) => chance(5, i));
  const tenths = Array.from(
    { length: 10 },
    (_, i) => values.filter((value) => Math.floor(value * 10) === i).length,
  );
  expect(Math.min(...tenths)).toBeGreaterThan(850);
  expect(Math.max(...tenths)).toBeLessThan(1150);
  const steps = Array.from({ length: 5000 }, (_, i) =>
    Math.abs(noise(i / 100 + 0.01, 5) - noise(i / 100, 5)),
  );
  expect(Math.max(...steps)).toBeLessThan(0.02);
});
