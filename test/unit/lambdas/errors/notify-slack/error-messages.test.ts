import { expect, test } from '@jest/globals';
import {
  composeErrors,
  groupErrors,
  type UnsentError,
} from '../../../../../lambdas/errors/notify-slack/error-messages.ts';
import { errorTypes } from '../../../../../lambdas/shared/wire/error-record.ts';
import { parseBlocks } from '../../../../../localstack/slack-inbox/block-kit.ts';

const error: UnsentError = {
  id: '3',
  refusals: 0,
  doubtfulMessage: null,
  type: 'DATE_ERROR',
  reason: 'line 12: Date_Time: found "2024-02-30", expected a date that exists',
  location: 'Seoul',
  fileName: 'incoming/observations/a.csv',
  lineNumber: '12',
};

const textsOf = (message: ReturnType<typeof composeErrors>) =>
  message.blocks.map((block) =>
    'elements' in block ? block.elements.map(({ text }) => text).join(' | ') : block.text.text,
  );

test('one error says what is wrong, in which line of which file', () => {
  const message = composeErrors([error], { repeats: false });
  expect(message.text).toBe('1 record rejected: Not a date 1');
  expect(textsOf(message)).toEqual([
    '1 record rejected',
    ':no_entry: *Not a date*: 1\n• a.csv, line 12, Seoul: Date_Time: found "2024-02-30", expected a date that exists',
    '*From*\n• a.csv: 1',
    'error 3',
  ]);
});

test('a burst of errors becomes one message: how many of each kind, from where, and a few examples', () => {
  const burst = [
    ...Array.from({ length: 60 }, (_, n) => ({ ...error, id: String(n + 1) })),
    {
      ...error,
      id: '61',
      type: 'THEIR_OWN',
      reason: '<b>',
      fileName: null,
      lineNumber: null,
      location: null,
    },
  ];
  expect(groupErrors(burst)).toEqual([burst]);
  const message = composeErrors(burst, { repeats: false });
  const example = '• a.csv, line 12, Seoul: Date_Time: found "2024-02-30", expected a date that exists';
  expect(message.text).toBe('61 records rejected from 2 sources: Not a date 60, THEIR_OWN 1');
  expect(textsOf(message)).toEqual([
    '61 records rejected from 2 sources',
    [':no_entry: *Not a date*: 60', example, example, example, '• and 57 more'].join('\n'),
    ':no_entry: *THEIR_OWN*: 1\n• a message on Kafka: &lt;b&gt;',
    '*From*\n• a.csv: 60\n• a message on Kafka: 1',
    'errors 1–61',
  ]);
});

test.each([
  ['long names of signs', (n: number) => ({ fileName: `${n}${'<'.repeat(900)}`, reason: '&'.repeat(9_000) })],
  ['a kind for each', (n: number) => ({ type: `${'KIND'.repeat(100)}${n}` })],
  ['names of nothing', () => ({ type: '', reason: '', fileName: '' })],
])('stays within what Slack takes, with %s', (_, oddity) => {
  const errors = Array.from({ length: 1_000 }, (_, n) => ({ ...error, id: String(2 * n), ...oddity(n) }));
  for (const rows of [errors, errors.slice(0, 1)]) {
    expect(() => parseBlocks(composeErrors(rows, { repeats: true }).blocks)).not.toThrow();
  }
});

test('every error type has a title of its own', () => {
  const texts = errorTypes.map((type) => composeErrors([{ ...error, type }], { repeats: false }).text);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.join()).not.toMatch(/[A-Z]_[A-Z]/);
});
