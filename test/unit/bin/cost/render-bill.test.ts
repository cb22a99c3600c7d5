import { expect, test } from '@jest/globals';
import { billWith } from '../../../../bin/cost/alternatives.ts';
import { billFor } from '../../../../bin/cost/bill.ts';
import { renderBill, renderComparison, renderDifferences } from '../../../../bin/cost/render-bill.ts';
import { cluster, templatesWith, topic } from './templates.ts';

const load = { recordsPerSecond: 1_000, predictionsPerSecond: 0 };
const view = { width: 240, colour: false, stage: 'prod', load };

const resources = {
  Kafka: cluster('kafka.m7g.large', { gib: 200 }),
  Weather: topic('weather-data', 10, 7),
  Nat: { Type: 'AWS::EC2::NatGateway' },
};
const templates = templatesWith(resources);
const bill = billFor(templates, load);

test('a bill has totals by service and by step, the three largest items and the price of a million records', () => {
  const text = renderBill(bill, view).join('\n');
  expect(text).toMatch(/^service +idle +at 1,000 records\/s +share$/m);
  // 446.76 + 60, and 0.91 for traffic
  expect(text).toMatch(/^MSK +506\.76 +507\.67 +94 %$/m);
  expect(text).toMatch(/^network +32\.94 +32\.94 +6 %$/m);
  expect(text.match(/^total .*$/gm)).toHaveLength(2);
  const largest = text.split('The three largest items')[1] ?? '';
  expect([...largest.matchAll(/^(\S.+?) {2,}(MSK|VPC) /gm)].map(([, item]) => item)).toEqual([
    '3 brokers kafka.m7g.large',
    'disks of the brokers',
    'NAT gateways',
  ]);
  expect(text).toContain('$0.21 for a million records; each further million at this rate adds $0.00.');
});

test('without records there is no price of a million', () => {
  const idle = { ...load, recordsPerSecond: 0 };
  expect(renderBill(billFor(templates, idle), { ...view, load: idle }).join('\n')).not.toContain('million');
});

test('clusters are compared with brokers of the same size, and disks that hold the load', () => {
  const large = { ...load, recordsPerSecond: 100_000 };
  const kinds = ['express', 'serverless', 'standard'] as const;
  const bills = new Map(kinds.map((kind) => [kind, billWith(templates, kind, large)]));
  const text = renderComparison(bills, { ...view, load: large }).join('\n');
  // 3 × 730 × $0.408; 730 × ($0.75 + 10 × $0.0015); 3 × 730 × $0.204 and 3 × 1,972 GB × $0.10
  expect(text).toMatch(/^brokers, idle +893\.52 +558\.45 +1,038\.36$/m);
});

test('a difference shows what changes, and nothing else', () => {
  const now = billFor(templatesWith({ ...resources, Second: { Type: 'AWS::EC2::NatGateway' } }), load);
  const lines = renderDifferences(bill, now, view);
  expect(lines.filter((line) => /^(VPC|MSK|all)/.test(line))).toEqual([
    expect.stringMatching(/^VPC: NAT gateways +32\.85 +65\.70 +\+32\.85$/),
    expect.stringMatching(/^all +540\.83 +573\.68 +\+32\.85$/),
    expect.stringMatching(/^all, idle +539\.91 +572\.76 +\+32\.85$/),
  ]);
  expect(renderDifferences(bill, bill, view)).toContain('Nothing changes.');
});

test('no line is wider than 100 columns or the terminal, and without colour there are no codes', () => {
  for (const [width, widest] of [
    [240, 100],
    [80, 86],
  ] as const) {
    const lines = [
      ...renderBill(bill, { ...view, width }),
      ...renderDifferences(bill, billFor(templatesWith({}), load), { ...view, width }),
    ];
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(widest);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes of colours begin with it
    expect(lines.join('')).not.toMatch(/\u001b/);
  }
  expect(renderBill(bill, { ...view, colour: true }).join('')).toContain('\u001b[');
});
