import { expect, test } from '@jest/globals';
import { figuresOf } from '../../../lambdas/fraud/evaluate-model/figures.ts';
import type { AppConfig } from '../../../lib/app-config.ts';
import { inRegion, stageNamed, stages, withQuickSight } from '../../../lib/config.ts';

test('the values of each stage carry the name of the stage', () => {
  for (const [name, config] of Object.entries(stages)) expect([name, config.stage]).toEqual([name, name]);
});

test.each(['production', '', 'toString', undefined])(
  'the stage "%s" is refused with a list of the stages',
  (name) => {
    expect(() => stageNamed(name)).toThrow('local, dev, prod');
  },
);

test('on AWS, clients authenticate and connections are encrypted', () => {
  for (const { kafka, database } of [stages.dev, stages.prod]) {
    expect(kafka.access).toMatchObject({ auth: 'iam', clientBroker: 'TLS' });
    expect(database.forceTls && database.tlsCaFile !== '').toBe(true);
  }
});

test('on AWS, three more frauds found do not promote a model', () => {
  for (const { retraining } of [stages.dev, stages.prod]) {
    const frauds = retraining.leastHeldOutFrauds;
    const f1 = (truePositives: number) =>
      figuresOf({
        truePositives,
        falsePositives: frauds / 10,
        trueNegatives: 20 * frauds,
        falseNegatives: frauds - truePositives,
      })?.f1 ?? 0;
    expect(f1(0.9 * frauds + 3) - f1(0.9 * frauds)).toBeLessThan(retraining.promotionMargin);
  }
});

test('on AWS, a batch of alerts waits one second; locally it does not wait', () => {
  const windowOf = ({ kafka }: AppConfig) => kafka.alertWindowSeconds;
  expect([stages.local, stages.dev, stages.prod].map(windowOf)).toEqual([0, 1, 1]);
});

test('a stage moves to another region with three zones of that region, and with its URLs', () => {
  const moved = inRegion(stages.prod, 'eu-west-1');
  expect(moved.network.zoneIds).toEqual(['euw1-az1', 'euw1-az2', 'euw1-az3']);
  expect(moved.api.url).toBe('https://{api}.execute-api.eu-west-1.amazonaws.com');
  expect(JSON.stringify(moved)).not.toContain('us-east-1');
});

test('zones can be chosen, in any region', () => {
  const { region, network } = inRegion(stages.dev, 'mx-central-1', 'mxc1-az3,mxc1-az1,mxc1-az2');
  expect([region, ...network.zoneIds]).toEqual(['mx-central-1', 'mxc1-az3', 'mxc1-az1', 'mxc1-az2']);
  expect(() => inRegion(stages.dev, 'mx-central-1')).toThrow('--zones');
  for (const zones of ['', 'use1-az1', 'use1-az1,use1-az1,use1-az2', 'us-east-1a,us-east-1b,us-east-1c'])
    expect(() => inRegion(stages.dev, 'us-east-1', zones)).toThrow('three ids of zones');
});

test('no stage uses the zone of us-east-1 that MSK refuses', () => {
  for (const { network } of Object.values(stages)) expect(network.zoneIds).not.toContain('use1-az3');
});

test('the dashboard is for a QuickSight user or group, and for nobody by default', () => {
  const group = 'arn:aws:quicksight:us-east-1:123456789012:group/default/weather';
  expect(withQuickSight(stages.prod, group).analytics.quickSightPrincipalArn).toBe(group);
  for (const { analytics } of Object.values(stages)) expect(analytics.quickSightPrincipalArn).toBeUndefined();
  for (const other of ['', 'weather', 'arn:aws:iam::123456789012:role/analyst', 7])
    expect(() => withQuickSight(stages.prod, other)).toThrow('must be the ARN of a user or a group');
});
