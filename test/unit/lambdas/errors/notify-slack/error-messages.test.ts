import { expect, test } from '@jest/globals';
import type { ErrorCause, ErrorDigest } from '../../../../../lambdas/errors/notify-slack/error-digest.ts';
import { composeDigest } from '../../../../../lambdas/errors/notify-slack/error-messages.ts';
import { errorTypes } from '../../../../../lambdas/shared/wire/error-record.ts';
import { parseBlocks } from '../../../../../localstack/slack-inbox/block-kit.ts';

const cause: ErrorCause = {
  fields: ['Date_Time'],
  errors: 1,
  reason: 'line 12: Date_Time: found "2024-02-30", expected a date that exists',
  location: 'Seoul',
  file: 'incoming/observations/a.csv',
  line: 12,
};
const type = { type: 'DATE_ERROR', errors: 1, causeCount: 1, causes: [cause] };
const file = { file: 'incoming/observations/a.csv', errors: 1 };
const one: ErrorDigest = { errors: 1, types: [type], files: [file], fileCount: 1, ids: [[3, 3]] };

const compose = (digest: Partial<ErrorDigest>, mayRepeat = false) =>
  composeDigest({ ...one, ...digest }, { mayRepeat });
const textsOf = (message: ReturnType<typeof compose>) =>
  message.blocks.map((block) =>
    'elements' in block ? block.elements.map(({ text }) => text).join(' | ') : block.text.text,
  );

test('the message for one error shows the error, the file, the line and the command to look', () => {
  const message = compose({});
  expect(message.text).toBe('1 record rejected: Not a date 1');
  expect(textsOf(message)).toEqual([
    '1 record rejected',
    ':no_entry: *Not a date*: 1\n• a.csv, line 12, Seoul: Date_Time: found "2024-02-30", expected a date that exists',
    '*From*, to look: `npm run errors -- summary --file a.csv`\n• a.csv: 1',
    'error 3',
  ]);
});

test('a flood becomes one message with counts by type, cause and source', () => {
  const message = compose({
    errors: 20_061,
    types: [
      { ...type, errors: 20_000, causeCount: 3, causes: [{ ...cause, errors: 19_000 }] },
      {
        type: 'THEIR_OWN',
        errors: 51,
        causeCount: 1,
        causes: [{ ...cause, errors: 51, fields: [], reason: '<b>', file: null, line: null, location: null }],
      },
    ],
    files: [
      { ...file, errors: 20_000 },
      { file: null, errors: 51 },
    ],
    fileCount: 12,
    ids: [
      [1, 20_060],
      [20_070, 20_070],
    ],
  });
  expect(message.text).toBe('20,061 records rejected from 12 sources: Not a date 20,000, THEIR_OWN 51');
  expect(textsOf(message)).toEqual([
    '20,061 records rejected from 12 sources',
    ':no_entry: *Not a date*: 20,000\n• 19,000 in Date_Time, such as a.csv, line 12, Seoul: Date_Time: found ' +
      '"2024-02-30", expected a date that exists\n• and 2 other causes',
    ':no_entry: *THEIR_OWN*: 51\n• 51, such as a message on Kafka: &lt;b&gt;',
    'and 10 records of other types',
    '*From*, to look: `npm run errors -- summary`\n• a.csv: 20,000\n• a message on Kafka: 51\n• and 10 more sources',
    'errors 1–20060, 20070',
  ]);
});

test('the command to look never holds a name that a shell would not take as it is', () => {
  const command = (name: string) =>
    /`([^`]+)`/.exec(textsOf(compose({ files: [{ file: `in/${name}`, errors: 1 }] })).join('\n'))?.[1];
  expect(command('2024-01_b.csv')).toBe('npm run errors -- summary --file 2024-01_b.csv');
  for (const name of ['a b.csv', '$(rm x)', 'a;b', '`x`', "it's"])
    expect(command(name)).toBe('npm run errors -- summary --type DATE_ERROR');
});

test.each<[string, Partial<ErrorDigest>]>([
  [
    'long texts of characters to escape',
    {
      types: Array.from({ length: 20 }, () => ({
        ...type,
        type: '&'.repeat(200),
        causes: Array.from({ length: 3 }, () => ({
          ...cause,
          fields: Array.from({ length: 20 }, () => 'f'.repeat(60)),
          reason: '&'.repeat(1_000),
          file: '<'.repeat(900),
          location: '>'.repeat(200),
        })),
      })),
      files: Array.from({ length: 10 }, () => ({ file: '<'.repeat(900), errors: 1e6 })),
    },
  ],
  ['empty texts', { types: [{ ...type, type: '', causes: [{ ...cause, reason: '', file: '' }] }] }],
  ['no types and no files', { types: [], files: [], ids: [] }],
  [
    '10,000 ranges of ids',
    { ids: Array.from({ length: 10_000 }, (_, n) => [1_000_000 + 3 * n, 1_000_001 + 3 * n] as const) },
  ],
])('a digest with %s makes a message that Slack accepts', (_, digest) => {
  for (const mayRepeat of [true, false])
    expect(() => parseBlocks(compose(digest, mayRepeat).blocks)).not.toThrow();
});

test('every error type has a title of its own', () => {
  const texts = errorTypes.map((name) => compose({ types: [{ ...type, type: name }] }).text);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.join()).not.toMatch(/[A-Z]_[A-Z]/);
});
