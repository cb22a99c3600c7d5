import { expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { readNotices } from '../../../../lambdas/errors/notify-slack/notices.ts';
import { stages } from '../../../../lib/config.ts';
import { alertManager } from '../../../../lib/observability/alert-manager.ts';
import { rulesFor } from '../../../../lib/observability/rules.ts';

const topics = {
  alarmTopicArn: 'arn:aws:sns:us-east-1:1:alarms',
  slackTopicArn: 'arn:aws:sns:us-east-1:1:slack',
  dashboardUrl: 'https://console.example/dashboard',
};
const { alertmanager_config, template_files } = parse(alertManager({ region: 'us-east-1', ...topics })) as {
  alertmanager_config: string;
  template_files: Record<string, string>;
};

/** What the template of Slack makes of an alert: the few actions that it uses, filled by hand. */
function rendered(status: 'firing' | 'resolved'): string {
  const values: Readonly<Record<string, string>> = {
    '"{"': '{',
    '"}"': '}',
    '$alert.StartsAt': '2026-11-29 10:00:00.5 +0000 UTC',
    '$alert.EndsAt': '2026-11-29 11:00:00 +0000 UTC',
    '.CommonLabels.alertname': 'BrokerDown',
    '.CommonLabels.severity': 'page',
    '.CommonAnnotations.summary': 'The broker b-1 does not answer.',
    '.CommonAnnotations.runbook': 'docs/runbook.md#broker-down',
  };
  const body = (template_files.slack ?? '').replace(
    /^\{\{ define "isobar\.slack" \}\}\{\{ \$alert := index \.Alerts 0 \}\}([\s\S]+)\{\{ end \}\}$/,
    '$1',
  );
  return body
    .replaceAll(
      /\{\{ if eq \.Status "firing" \}\}(.+?)\{\{ else \}\}(.+?)\{\{ end \}\}/g,
      status === 'firing' ? '$1' : '$2',
    )
    .replaceAll(/\{\{ (.+?) \}\}/g, (_, action: string) => values[action] ?? `unknown: ${action}`);
}

test.each([
  ['firing', 'BrokerDown fires', '2026-11-29 10:00'],
  ['resolved', 'BrokerDown is over', '2026-11-29 11:00'],
] as const)('an alert that is %s becomes a message that notify-slack reads', (status, title, time) => {
  const [notice, ...others] = readNotices({ Records: [{ body: rendered(status) }] });
  expect(others).toEqual([]);
  const details = [
    'since 2026-11-29 10:00 UTC',
    'docs/runbook.md#broker-down',
    'https://console.example/dashboard',
  ];
  const text = ['The broker b-1 does not answer.', ...(status === 'firing' ? details : [])].join('\n');
  expect(notice).toMatchObject({ title, text });
  expect(notice?.time.slice(0, 16)).toBe(time);
});

test('no summary or chapter of the rules needs escaping in the JSON of the template', () => {
  const texts = rulesFor(stages.prod)
    .flatMap(({ rules }) => rules)
    .flatMap((rule) => ('alert' in rule ? Object.values(rule.annotations) : []));
  expect(texts.length).toBeGreaterThan(20);
  for (const each of texts) expect(each).not.toMatch(/["\\\n]/);
});

test('each alert is told by itself, to people and to Slack, and once more when it is over', () => {
  const config = parse(alertmanager_config) as {
    route: object;
    templates: string[];
    receivers: { sns_configs: { topic_arn: string; send_resolved: boolean; message?: string }[] }[];
  };
  expect(config.route).toMatchObject({ group_by: ['...'], repeat_interval: '120h' });
  expect(config.templates).toEqual(Object.keys(template_files));
  expect(config.receivers.flatMap(({ sns_configs }) => sns_configs)).toEqual([
    expect.objectContaining({ topic_arn: topics.alarmTopicArn, send_resolved: true }),
    expect.objectContaining({
      ...{ topic_arn: topics.slackTopicArn, send_resolved: true, message: '{{ template "isobar.slack" . }}' },
    }),
  ]);
});
