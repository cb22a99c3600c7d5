import type { Observation } from '../../../../../lambdas/shared/wire/observation.ts';
import type { Alert } from '../../../../../lambdas/weather/watch-weather/alerts.ts';
import type { Outcome } from '../../../../../lambdas/weather/watch-weather/outcome.ts';
import { observationWith } from '../../../../fixtures/observations.ts';

export const startMs = Date.UTC(2024, 6, 1);

/** An observation some minutes after `startMs`. */
export const observation = (location: string, minute: number, temperatureC = 36): Observation =>
  observationWith({
    location,
    observedAtMs: startMs + minute * 60_000,
    temperatureC,
    humidityPct: 50,
    windSpeedKmh: 5,
  });

export const alert = (location: string, minute: number, type: Alert['type'] = 'TEMP_HIGH'): Alert => ({
  type,
  reason: 'Temperature 36 °C, at least 35 °C',
  value: 36,
  threshold: 35,
  observation: observation(location, minute),
});

export const nothing: Outcome = { series: [], windows: [], latest: [], counts: new Map(), candidates: [] };
export const settings = { windowSeconds: 60, cooldownMinutes: 30, keepDays: 90 };
