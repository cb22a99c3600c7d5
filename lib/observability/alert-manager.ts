import { stringify } from 'yaml';

interface Receivers {
  readonly region: string;
  /** Gets a text for people. */
  readonly alarmTopicArn: string;
  /** Gets a message for notify-slack. */
  readonly slackTopicArn: string;
  /** Where people look first. */
  readonly dashboardUrl: string;
}

/**
 * Tells each alert of Prometheus once when it fires, and once when it is over. A managed alert manager
 * repeats an alert after five days, its longest interval.
 * @see https://docs.aws.amazon.com/prometheus/latest/userguide/AMP-alertmanager-config.html
 */
const alertManagerConfig = ({ region, alarmTopicArn, slackTopicArn }: Receivers): string => {
  const sns = { sigv4: { region }, send_resolved: true };
  return stringify(
    {
      templates: ['slack'],
      // Each alert by itself: a group would be told again whenever another alert joins it.
      route: {
        receiver: 'topics',
        group_by: ['...'],
        group_wait: '5s',
        group_interval: '1m',
        repeat_interval: '120h',
      },
      receivers: [
        {
          name: 'topics',
          sns_configs: [
            { ...sns, topic_arn: alarmTopicArn },
            { ...sns, topic_arn: slackTopicArn, message: '{{ template "isobar.slack" . }}' },
          ],
        },
      ],
    },
    { lineWidth: 0, aliasDuplicateObjects: false },
  );
};

/** The message that notify-slack reads, in the form of an EventBridge event (notices.ts). */
const slackTemplate = (dashboardUrl: string) =>
  [
    '{{ define "isobar.slack" }}{{ $alert := index .Alerts 0 }}{{ "{" }}"detail-type":"Prometheus Alert"',
    '"time":"{{ if eq .Status "firing" }}{{ $alert.StartsAt }}{{ else }}{{ $alert.EndsAt }}{{ end }}"',
    '"detail":{{ "{" }}"name":"{{ .CommonLabels.alertname }}"',
    '"state":"{{ if eq .Status "firing" }}firing{{ else }}over{{ end }}"',
    '"severity":"{{ .CommonLabels.severity }}"',
    '"summaries":["{{ .CommonAnnotations.summary }}"]',
    '"since":"{{ $alert.StartsAt }}"',
    '"runbook":"{{ .CommonAnnotations.runbook }}"',
    `"link":"${dashboardUrl}"{{ "}" }}{{ "}" }}{{ end }}`,
  ].join(',');

/** The definition of a managed alert manager: its configuration and its template in one. */
export const alertManager = (receivers: Receivers): string =>
  stringify(
    {
      template_files: { slack: slackTemplate(receivers.dashboardUrl) },
      alertmanager_config: alertManagerConfig(receivers),
    },
    { lineWidth: 0 },
  );
