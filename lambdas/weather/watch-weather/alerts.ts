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
  readonly label: string;
  readonly unit: string;
  /** Null for a measure that was not taken. */
  readonly value: (observation: Observation) => number | null;
  readonly threshold: (thresholds: Thresholds) => number;
  readonly alertsWhen: 'at least' | 'at most';
}

const rules: readonly Rule[] = [
  {
    type: 'TEMP_HIGH',
    label: 'Temperature',
    unit: '°C',
    value: ({ temperatureC }) => temperatureC,
    threshold: ({ tempHighC }) => tempHighC,
    alertsWhen: 'at least',
  },
  {
    type: 'TEMP_LOW',
    label: 'Temperature',
    unit: '°C',
    value: ({ temperatureC }) => temperatureC,
    threshold: ({ tempLowC }) => tempLowC,
    alertsWhen: 'at most',
  },
  {
    type: 'RAIN_HEAVY',
    label: 'Precipitation',
    unit: 'mm',
    value: ({ precipitationMm }) => precipitationMm,
    threshold: ({ rainHeavyMm }) => rainHeavyMm,
    alertsWhen: 'at least',
  },
  {
    type: 'WIND_STRONG',
    label: 'Wind',
    unit: 'km/h',
    value: ({ windSpeedKmh }) => windSpeedKmh,
    threshold: ({ windStrongKmh }) => windStrongKmh,
    alertsWhen: 'at least',
  },
];

/**
 * The threshold alerts of an observation. A value equal to the threshold raises an alert. A measure that was
 * not taken raises none.
 */
export function findAlerts(observation: Observation, thresholds: Thresholds): readonly Alert[] {
  let alerts: Alert[] | undefined;
  for (const rule of rules) {
    const value = rule.value(observation);
    if (value === null) continue;
    const threshold = rule.threshold(thresholds);
    if (rule.alertsWhen === 'at least' ? value < threshold : value > threshold) continue;
    alerts ??= [];
    alerts.push({ type: rule.type, reason: reasonOf(rule, value, threshold), value, threshold, observation });
  }
  return alerts ?? none;
}

/** Of most readings: an array for each would be garbage. */
const none: readonly Alert[] = [];

function reasonOf({ label, unit, alertsWhen }: Rule, value: number, threshold: number): string {
  return `${label} ${rounded(value)} ${unit}, ${alertsWhen} ${threshold} ${unit}`;
}

/** All measures share one alert type: a reading raises one anomaly alert, which names the largest anomaly. */
export function anomalyAlert(observation: Observation, anomaly: Anomaly): Alert {
  const { measure, value, expected, limit, deviations } = anomaly;
  const { label, unit } = measure;
  const side = deviations > 0 ? 'above' : 'below';
  const distance = `${Math.abs(deviations).toFixed(1)} standard deviations ${side}`;
  const reason = `${label} ${rounded(value)} ${unit}, ${distance} the ${rounded(expected)} ${unit} expected`;
  return { type: 'ANOMALY', reason, value, threshold: limit, observation };
}

const rounded = (value: number) => Number(value.toFixed(2));
