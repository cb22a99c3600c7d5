import { expect, test } from '@jest/globals';
import { renderPlan } from '../../../../bin/recover/render-plan.ts';

const resume = {
  group: 'watch-weather',
  topic: 'weather-data',
  generation: 0,
  partition: 0,
  begin: 20,
  end: 1_020,
  committed: 1_020,
  ledger: 10,
  offset: 20,
  replayed: 1_000,
  expired: 10,
};
const object = {
  key: 'raw/observations/a',
  eTag: '"1"',
  date: '2024-01-01',
  generation: 0,
  partition: 0,
  offset: 5,
  storedAtMs: 0,
};
const view = { width: 110, colour: false };

test('a plan counts what is replayed, removed, cut and announced, and names what is lost', () => {
  const announce = [
    { queue: 'incoming-files', key: 'a.csv', eTag: '1', storedAtMs: 0 },
    { queue: 'failed-batches', key: 'b', eTag: '1', storedAtMs: 0 },
    { queue: 'failed-batches', key: 'c', eTag: '1', storedAtMs: 0 },
  ];
  const resumes = [resume, { ...resume, partition: 1 }];
  const lines = renderPlan({ resumes, remove: [object], cut: [{ object, at: 20, rows: 3 }], announce }, view);
  expect(lines.map((line) => line.replaceAll(/ {2,}/g, ' '))).toEqual([
    'consumer topic to replay expired',
    expect.stringMatching(/^─+$/),
    'watch-weather weather-data 2,000 20',
    '',
    '1 object of the lake will be removed: the consumers write their records again.',
    '1 merged object will lose the rows that landing writes again.',
    '1 file will be announced again: the database has not seen them to their end.',
    '2 discarded batches will be announced again.',
    'Expired records are on no topic any more. What landed of them stays in the lake; all else is lost.',
    'Alerts and errors since the snapshot will be told to Slack once more.',
  ]);
});

test('a plan without expired records does not speak of them', () => {
  const resumes = [{ ...resume, expired: 0 }];
  const lines = renderPlan({ resumes, remove: [], cut: [], announce: [] }, view);
  expect(lines.join('\n')).not.toContain('Expired');
});
