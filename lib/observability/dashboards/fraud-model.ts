import { type Dashboard, type PanelQuery, variables } from '../panel.ts';

const stage = 'stage=~"$stage"';

const quality = (figure: string): PanelQuery => ({
  expr: `max by (maturity) (fraud_model_${figure}{${stage}, maturity=~"$maturity"})`,
  legend: `${figure} ({{maturity}})`,
});

const noChallenger = 'no challenger, or too few transactions yet';
const ofBoth = (gauge: string, figure: string): PanelQuery => ({
  expr: `max by (model) (${gauge}{${stage}})`,
  legend: `${figure} of the {{model}}`,
});

/** The fraud model. Its first six panels have the titles that its users know. */
export const fraudModel: Dashboard = {
  uid: 'isobar-fraud-model',
  title: 'Fraud model',
  description: 'What the model decides, how far its input has drifted, and how good it is by late labels.',
  variables: [variables.stage, variables.maturity],
  rows: [
    {
      title: 'Fraud detection',
      panels: [
        {
          title: 'Total HTTP Requests',
          description: 'Requests answered so far, without those of monitors.',
          unit: 'short',
          queries: [{ expr: `sum by (route) (http_requests_total{${stage}})`, legend: '{{route}}' }],
        },
        {
          title: 'Avg Request Duration',
          description: 'Mean time of a request within the function.',
          unit: 'ms',
          runbook: 'api-latency',
          queries: [
            {
              expr:
                `1000 * sum by (route) (rate(http_request_duration_seconds_sum{${stage}}[$__rate_interval]))` +
                ` / sum by (route) (rate(http_request_duration_seconds_count{${stage}}[$__rate_interval]))`,
              legend: '{{route}}',
            },
          ],
        },
        {
          title: 'Drift Score (PSI)',
          description:
            'Population stability index of each feature: above 0.2 it has shifted. Values above 1 are shown as 1, and counted.',
          unit: 'short',
          min: 0,
          max: 1,
          noData: 'no drift measured yet',
          queries: [
            {
              expr: `clamp_max(max by (feature) (fraud_model_feature_psi{${stage}}), 1)`,
              legend: '{{feature}}',
            },
            {
              expr: `clamp_max(count(fraud_model_feature_psi{${stage}} > 1), 1) or vector(0)`,
              legend: '1 = a value is clipped',
            },
          ],
        },
        {
          title: 'Fraud Detection Count',
          description: 'Transactions that the model or a rule flagged as fraud so far.',
          unit: 'short',
          kind: 'bars',
          queries: [
            { expr: `sum(fraud_transactions_total{${stage}, outcome="fraud"})`, legend: 'fraud' },
            {
              expr: `sum by (rule) (fraud_rule_transactions_total{${stage}})`,
              legend: 'of these, by the rule {{rule}}',
            },
          ],
        },
        {
          title: 'Fraud Rate (1m)',
          description: 'Share of the transactions of the last minute that the model flagged as fraud.',
          unit: 'percentunit',
          min: 0,
          queries: [
            {
              expr:
                `sum(rate(fraud_transactions_total{${stage}, outcome="fraud"}[1m]))` +
                ` / sum(rate(fraud_transactions_total{${stage}}[1m]))`,
              legend: 'fraud rate',
            },
          ],
        },
        {
          title: 'Precision, Recall, Accuracy',
          description: 'By the labels that came, for each age of transactions that counts.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          noData: 'no labels yet',
          ownMetrics: ['ModelPrecision', 'ModelRecall'],
          queries: ['precision', 'recall', 'accuracy'].map(quality),
        },
      ],
    },
    {
      title: 'Behind the figures',
      panels: [
        {
          title: 'Transactions scored',
          description: 'By the verdict of the model.',
          unit: 'cps',
          queries: [
            {
              expr: `sum by (outcome) (rate(fraud_transactions_total{${stage}}[$__rate_interval]))`,
              legend: '{{outcome}}',
            },
          ],
        },
        {
          title: 'Drift of features',
          description: 'The largest of three distances, scaled to 0 to 1, and of all features together.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          noData: 'no drift measured yet',
          queries: [
            { expr: `max by (feature) (fraud_model_feature_drift{${stage}})`, legend: '{{feature}}' },
          ],
        },
        {
          title: 'Estimated precision and recall',
          description:
            'From calibrated scores of the drift window, before labels come. A new kind of fraud that looks legitimate shows in labels only.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          runbook: 'fraud-quality',
          noData: 'too few transactions flagged yet',
          ownMetrics: ['ModelEstimatedPrecision', 'ModelEstimatedRecall'],
          queries: [
            { expr: `max(fraud_model_estimated_precision{${stage}})`, legend: 'estimated precision' },
            { expr: `max(fraud_model_estimated_recall{${stage}})`, legend: 'estimated recall' },
            { expr: `max(fraud_model_precision{${stage}, maturity="any"})`, legend: 'precision by labels' },
            { expr: `max(fraud_model_recall{${stage}, maturity="any"})`, legend: 'recall by labels' },
          ],
        },
        {
          title: 'Drift of scores',
          description: 'Distance of the scores from those of the training data, in all and by segment.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          runbook: 'fraud-drift',
          noData: 'no drift measured yet',
          queries: [
            { expr: `max(fraud_model_score_drift{${stage}})`, legend: 'all' },
            {
              expr: `max by (dimension, segment) (fraud_model_segment_score_drift{${stage}})`,
              legend: '{{dimension}} {{segment}}',
            },
          ],
        },
        {
          title: 'Drift of features by segment',
          description:
            'All features together, within each country, channel and merchant category with enough transactions.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          runbook: 'fraud-drift',
          noData: 'too few transactions of a segment yet',
          queries: [
            {
              expr: `max by (dimension, segment) (fraud_model_segment_feature_drift{${stage}, feature="overall"})`,
              legend: '{{dimension}} {{segment}}',
            },
          ],
        },
        {
          title: 'Features that drift most within a segment',
          description: 'The ten largest of all features and segments.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          runbook: 'fraud-drift',
          noData: 'too few transactions of a segment yet',
          queries: [
            {
              expr: `topk(10, max by (dimension, segment, feature) (fraud_model_segment_feature_drift{${stage}, feature!="overall"}))`,
              legend: '{{feature}} of {{dimension}} {{segment}}',
            },
          ],
        },
        {
          title: 'Missing values and unseen categories',
          description: 'Shares of the transactions beyond those of the training data.',
          unit: 'percentunit',
          runbook: 'fraud-input',
          noData: 'no drift measured yet',
          queries: [
            {
              expr: `max by (feature) (fraud_model_feature_missing_excess{${stage}})`,
              legend: '{{feature}} missing',
            },
            {
              expr: `max by (feature) (fraud_model_feature_unseen_excess{${stage}})`,
              legend: '{{feature}} unseen',
            },
          ],
        },
        {
          title: 'Precision by segment',
          description:
            'Of countries, channels and merchant categories with enough flagged transactions, before labels come and by labels.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          noData: 'too few transactions flagged yet',
          queries: [
            {
              expr: `max by (dimension, segment) (fraud_model_segment_estimated_precision{${stage}})`,
              legend: '{{dimension}} {{segment}}, estimated',
            },
            {
              expr: `max by (dimension, segment) (fraud_model_segment_precision{${stage}})`,
              legend: '{{dimension}} {{segment}}, by labels',
            },
          ],
        },
        {
          title: 'Recall by segment',
          description:
            'Of countries, channels and merchant categories with enough frauds, before labels come and by labels.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          noData: 'too few frauds expected yet',
          queries: [
            {
              expr: `max by (dimension, segment) (fraud_model_segment_estimated_recall{${stage}})`,
              legend: '{{dimension}} {{segment}}, estimated',
            },
            {
              expr: `max by (dimension, segment) (fraud_model_segment_recall{${stage}})`,
              legend: '{{dimension}} {{segment}}, by labels',
            },
          ],
        },
        {
          title: 'Transactions in the drift window',
          description: 'With too few of them, the drift gauges keep their last values.',
          unit: 'short',
          noData: 'no drift measured yet',
          queries: [{ expr: `max(fraud_model_drift_transactions{${stage}})`, legend: 'transactions' }],
        },
        {
          title: 'Age of the figures',
          description:
            'Time since the oldest series of a gauge was observed. After three hours its line ends in the other panels.',
          unit: 's',
          noData: 'no figures yet',
          queries: [
            {
              expr: `time() - min by (metric) (metric_observed_timestamp_seconds{${stage}})`,
              legend: '{{metric}}',
            },
          ],
        },
        {
          title: 'Age of the drift of a feature',
          description:
            'Time since the drift of each feature was observed. One that grows is measured no more.',
          unit: 's',
          noData: 'no drift measured yet',
          queries: [
            {
              expr: `time() - max by (feature) (metric_observed_timestamp_seconds{${stage}, metric="fraud_model_feature_drift"})`,
              legend: '{{feature}}',
            },
          ],
        },
        {
          title: 'Labelled transactions',
          description: 'By verdict and label: the base of precision, recall and accuracy.',
          unit: 'short',
          kind: 'bars',
          noData: 'no labels yet',
          queries: [
            {
              expr: `max by (outcome) (fraud_model_labelled_transactions{${stage}, maturity=~"$maturity"})`,
              legend: '{{outcome}}',
            },
          ],
        },
        {
          title: 'Model in use',
          description: 'The version that scored the newest transaction.',
          unit: 'short',
          kind: 'stat',
          noData: 'nothing scored yet',
          queries: [{ expr: `max by (version) (fraud_model_info{${stage}})`, legend: '{{version}}' }],
        },
        {
          title: 'Refusals of a model',
          description: 'Times a function found the current model unusable and kept the previous one.',
          unit: 'short',
          kind: 'bars',
          runbook: 'model-refused',
          queries: [
            {
              expr: `sum(increase(fraud_model_refusals_total{${stage}}[1h]))`,
              legend: 'refusals in an hour',
            },
          ],
        },
      ],
    },
    {
      title: 'Model in use and challenger',
      panels: [
        {
          title: 'Precision and recall of both models',
          description: 'On the labelled transactions that both scored: the challenger answers nobody.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          noData: noChallenger,
          ownMetrics: ['ShadowedPrecision', 'ChallengerPrecision', 'ShadowedRecall', 'ChallengerRecall'],
          queries: ['precision', 'recall'].map((figure) => ofBoth(`fraud_shadow_${figure}`, figure)),
        },
        {
          title: 'Gain of the challenger',
          description:
            'Its F1 less that of the model in use, with the 95 % interval: above 0 it is better by more than chance.',
          unit: 'short',
          noData: noChallenger,
          ownMetrics: ['ChallengerGain', 'ChallengerGainAtLeast'],
          queries: [{ expr: `max by (bound) (fraud_shadow_f1_gain{${stage}})`, legend: '{{bound}}' }],
        },
        {
          title: 'Estimated precision and recall of both models',
          description: 'From the calibrated scores of each, before labels come.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          noData: noChallenger,
          queries: ['precision', 'recall'].map((figure) =>
            ofBoth(`fraud_shadow_estimated_${figure}`, figure),
          ),
        },
        {
          title: 'Difference of both models',
          description: 'Share of other verdicts, and distance of the scores, in the drift window.',
          unit: 'percentunit',
          min: 0,
          max: 1,
          noData: noChallenger,
          ownMetrics: ['ChallengerDisagreement', 'ChallengerScoreDrift'],
          queries: [
            { expr: `max(fraud_shadow_disagreement{${stage}})`, legend: 'other verdicts' },
            { expr: `max(fraud_shadow_score_drift{${stage}})`, legend: 'distance of scores' },
          ],
        },
        {
          title: 'Transactions in shadow',
          description:
            'By what became of them. The challenger lacked a feature (incomplete), threw (failed) or was too slow (late).',
          unit: 'cps',
          noData: noChallenger,
          queries: [
            {
              expr: `sum by (outcome) (rate(fraud_shadow_transactions_total{${stage}}[$__rate_interval]))`,
              legend: '{{outcome}}',
            },
          ],
        },
        {
          title: 'Transactions behind the comparison',
          description: 'Those that both models scored, in the drift window and with labels.',
          unit: 'short',
          noData: noChallenger,
          queries: [
            { expr: `max(fraud_shadow_window_transactions{${stage}})`, legend: 'in the drift window' },
            { expr: `max(fraud_shadow_labelled_transactions{${stage}})`, legend: 'labelled' },
          ],
        },
      ],
    },
  ],
};
