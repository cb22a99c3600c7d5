import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { rulesFor } from '../../lib/observability/rules.ts';
import { resourcesOfType, templatesOf } from './synthesized.ts';

const runbook = readFileSync(join(import.meta.dirname, '../../docs/runbook.md'), 'utf8');

const chapters = new Map(
  runbook
    .split(/^## /m)
    .slice(1)
    .map((chapter) => [chapter.slice(0, chapter.indexOf('\n')), chapter]),
);

const alarms = Object.values(templatesOf(stages.prod)).flatMap((template) =>
  resourcesOfType(template, 'AWS::CloudWatch::Alarm').map(({ Properties }) => ({
    name: Properties.AlarmName as string,
    link: Properties.AlarmDescription as string,
  })),
);

const alerts = rulesFor(stages.prod)
  .flatMap(({ rules }) => rules)
  .flatMap((rule) => ('alert' in rule ? [{ name: rule.alert, link: rule.annotations.runbook }] : []));

test.each([...alarms, ...alerts])('the alarm $name links to its chapter of the runbook', ({ link }) => {
  const [file, chapter] = link.split('#');
  expect(file).toBe('docs/runbook.md');
  expect([...chapters.keys()]).toContain(chapter);
});

test('every chapter of the runbook says what an alarm means, where to look and what to do', () => {
  for (const chapter of chapters.values()) {
    expect(chapter).toMatch(/\*\*Description\.\*\*.+\*\*Investigation\.\*\*.+\*\*Resolution\.\*\*/s);
  }
});

test('every chapter of the runbook belongs to an alarm that exists', () => {
  const linked = new Set([...alarms, ...alerts].map(({ link }) => link.split('#')[1]));
  expect([...chapters.keys()].filter((chapter) => !linked.has(chapter))).toEqual([]);
});
