import type { AlertType } from '../../shared/wire/alert-types.ts';
import type { Observation } from '../../shared/wire/observation.ts';
import type { Anomaly } from './anomalies.ts';

export interface Thresholds {
  readonly tempHighC: number;
  readonly tempLowC: number;
  readonly rainHeavyMm: number;
  readonly windStrongKmh: number;
}

export interface Alert {
  readonly type: AlertType;
  readonly reason: string;
  readonly value: number;
  readonly threshold: number;
  readonly observation: Observation;
}

interface Rule {
  readonly type: AlertType;
  readonly what: string;
  readonly unit: string;
  readonly value: (observation: Observation) => number;
  readonly threshold: (thresholds: Thresholds) => number;
  readonly limit: 'at least' | 'at most';
}

const rules: readonly Rule[] = [
  {
    type: 'TEMP_HIGH',
    what: 'Temperature',
    unit: '°C',
    value: ({ temperatureC }) => temperatureC,
    threshold: ({ tempHighC }) => tempHighC,
    limit: 'at least',
  },
  {
    type: 'TEMP_LOW',
    what: 'Temperature',
    unit: '°C',
    value: ({ temperatureC }) => temperatureC,
    threshold: ({ tempLowC }) => tempLowC,
    limit: 'at most',
  },
  {
    type: 'RAIN_HEAVY',
    what: 'Precipitation',
    unit: 'mm',
    value: ({ precipitationMm }) => precipitationMm,
    threshold: ({ rainHeavyMm }) => rainHeavyMm,
    limit: 'at least',
  },
  {
    type: 'WIND_STRONG',
    what: 'Wind',
    unit: 'km/h',
    value: ({ windSpeedKmh }) => windSpeedKmh,
    threshold: ({ windStrongKmh }) => windStrongKmh,
    limit: 'at least',
  },
];

/** The alerts one observation gives cause for. A value on the threshold is one. */
export function findAlerts(observation: Observation, thresholds: Thresholds): Alert[] {
  return rules.flatMap((rule) => {
    const value = rule.value(observation);
    const threshold = rule.threshold(thresholds);
    const isDue = rule.limit === 'at least' ? value >= threshold : value <= threshold;
    return isDue
      ? [{ type: rule.type, reason: reasonOf(rule, value, threshold), value, threshold, observation }]
      : [];
  });
}

function reasonOf({ what, unit, limit }: Rule, value: number, threshold: number): string {
  return `${what} ${rounded(value)} ${unit}, ${limit} ${threshold} ${unit}`;
}

/** One alert type for all measures, so that a place where everything is strange alerts once; the reason names the strangest. */
export function anomalyAlert(observation: Observation, anomaly: Anomaly): Alert {
  const { measure, value, expected, limit, deviations } = anomaly;
  const { what, unit } = measure;
  const distance = `${Math.abs(deviations).toFixed(1)} standard deviations ${deviations > 0 ? 'above' : 'below'}`;
  const reason = `${what} ${rounded(value)} ${unit}, ${distance} the ${rounded(expected)} ${unit} expected`;
  return { type: 'ANOMALY', reason, value, threshold: limit, observation };
}

const rounded = (value: number) => Number(value.toFixed(2));
