import { expect, test } from '@jest/globals';
import { billFor } from '../../bin/cost/bill.ts';
import type { AppConfig } from '../../lib/app-config.ts';
import { stages } from '../../lib/config.ts';
import { onExisting } from '../fixtures/existing-resources.ts';
import { allOfType, templatesOf } from './synthesized.ts';
import type { Templates } from './template-text.ts';
import { withApp } from './with-app.ts';

const { prod } = stages;
const withFlowLogs = (flowLogs: 'REJECT' | 'ALL'): AppConfig => ({
  ...prod,
  network: { ...prod.network, flowLogs },
});
const withWebAcl = (requestsInFiveMinutes: number): AppConfig => ({
  ...prod,
  api: { ...prod.api, webAcl: { requestsInFiveMinutes } },
});

const templatesWith = (config: AppConfig) => templatesOf(config);
const without = templatesWith(prod);
const load = { recordsPerSecond: 0, predictionsPerSecond: 10 };
const billOf = (templates: Templates) => billFor(new Map(Object.entries(templates)), load);
const addedBy = (templates: Templates) => billOf(templates).total.loadedUsd - billOf(without).total.loadedUsd;

test('neither is there by default, nor in the bill', () => {
  expect(allOfType(without, 'AWS::EC2::FlowLog')).toEqual([]);
  expect(allOfType(without, 'AWS::WAFv2::WebACL')).toEqual([]);
  expect(
    billOf(without).lines.filter(({ item, service }) => item === 'flow logs' || service === 'WAF'),
  ).toEqual([]);
});

test.each([
  // 20 MB a day × 30.4 days, at $0.50 a GB, and kept for 90 days at $0.03 a GB and month.
  ['ALL', 0.62 * 0.5 + 0.62 * 3 * 0.03],
  ['REJECT', 0.062 * 0.5 + 0.062 * 3 * 0.03],
] as const)('flow logs of %s connections go to a log group that expires, and are priced', (traffic, usd) => {
  const templates = templatesWith(withFlowLogs(traffic));
  const [flowLog, ...more] = allOfType(templates, 'AWS::EC2::FlowLog');
  expect(more).toEqual([]);
  expect(flowLog?.Properties).toMatchObject({ ResourceType: 'VPC', TrafficType: traffic });
  const group = allOfType(templates, 'AWS::Logs::LogGroup').find(
    ({ Properties }) => Properties.LogGroupName === '/isobar/prod/flow-logs',
  );
  expect(group?.Properties.RetentionInDays).toBe(90);
  expect(addedBy(templates)).toBeCloseTo(usd, 1);
});

test('a VPC that exists has no flow logs of the stage', () => {
  const config = onExisting();
  const wanted = { ...config, network: { ...config.network, flowLogs: 'ALL' as const } };
  expect(() => withApp(wanted, () => {})).toThrow('leave network.flowLogs out');
});

test('a web ACL limits each address, applies the common rules to the stage of the API, and is priced', () => {
  const templates = templatesWith(withWebAcl(5_000));
  const [acl] = allOfType(templates, 'AWS::WAFv2::WebACL');
  expect(acl?.Properties).toMatchObject({ Scope: 'REGIONAL', DefaultAction: { Allow: {} } });
  expect(acl?.Properties.Rules).toMatchObject([
    {
      Action: { Block: {} },
      Statement: { RateBasedStatement: { AggregateKeyType: 'IP', Limit: 5_000 } },
    },
    { OverrideAction: { None: {} }, Statement: { ManagedRuleGroupStatement: { VendorName: 'AWS' } } },
  ]);
  const [association] = allOfType(templates, 'AWS::WAFv2::WebACLAssociation');
  const [stage] = allOfType(templates, 'AWS::ApiGateway::Stage');
  expect(JSON.stringify(association?.Properties.ResourceArn)).toContain(`"Ref":"${stage?.id}"`);
  expect(association?.Properties.WebACLArn).toEqual({ 'Fn::GetAtt': [acl?.id, 'Arn'] });
  // $5, two rules of $1; 10 requests a second of clients and 2 a minute of a Prometheus, $0.60 a million.
  expect(addedBy(templates)).toBeCloseTo(7 + (10 + 2 / 60) * 2.628 * 0.6, 1);
});

test.each([9, 10.5, Number.NaN, 3e9])('a limit of %d requests is refused', (limit) => {
  expect(() => withApp(withWebAcl(limit), () => {})).toThrow(
    `requestsInFiveMinutes in lib/config.ts is ${limit}: expected a whole number from 10 to 2000000000`,
  );
});
