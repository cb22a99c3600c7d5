import { type Gauge, gauges } from '../../shared/metrics/metrics.ts';
import { warningMetrics } from './drift-bands.ts';
import type { MetricSample } from './metric-sample.ts';

/** The figures of the models that CloudWatch shows, by its names. A label chooses one series of the gauge. */
const shownFigures = {
  ModelPrecision: { gauge: gauges.fraudModelPrecision, label: 'any' },
  ModelRecall: { gauge: gauges.fraudModelRecall, label: 'any' },
  ModelEstimatedPrecision: { gauge: gauges.fraudModelEstimatedPrecision, label: undefined },
  ModelEstimatedRecall: { gauge: gauges.fraudModelEstimatedRecall, label: undefined },
  ShadowedPrecision: { gauge: gauges.fraudShadowPrecision, label: 'champion' },
  ShadowedRecall: { gauge: gauges.fraudShadowRecall, label: 'champion' },
  ChallengerPrecision: { gauge: gauges.fraudShadowPrecision, label: 'challenger' },
  ChallengerRecall: { gauge: gauges.fraudShadowRecall, label: 'challenger' },
  ChallengerGain: { gauge: gauges.fraudShadowGain, label: 'estimate' },
  ChallengerGainAtLeast: { gauge: gauges.fraudShadowGain, label: 'low' },
  ChallengerDisagreement: { gauge: gauges.fraudShadowDisagreement, label: undefined },
  ChallengerScoreDrift: { gauge: gauges.fraudShadowScoreDrift, label: undefined },
} as const satisfies Record<string, { readonly gauge: Gauge; readonly label: string | undefined }>;

export type ShownFigure = keyof typeof shownFigures;

/** The metrics of the alarms on falling precision and recall. */
export const fallMetrics = { precision: 'PrecisionFallen', recall: 'RecallFallen' } as const;

/** Every metric that the fraud functions write into their logs. Each costs money. */
export const ownMetrics: readonly string[] = [
  'ModelRefusals',
  ...Object.values(warningMetrics),
  ...Object.values(fallMetrics),
  ...Object.keys(shownFigures),
];

/** The values of these figures among samples. A figure that was not measured is left out. */
export const figuresAmong = (samples: readonly MetricSample[]): Record<string, number> =>
  Object.fromEntries(
    Object.entries(shownFigures).flatMap(([name, { gauge, label }]) => {
      const sample = samples.find(
        ({ name: of, labels }) => of === gauge.name && Object.values(labels).at(0) === label,
      );
      return sample ? [[name, sample.value]] : [];
    }),
  );
