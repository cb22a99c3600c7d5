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
  rejections: 0,
  unconfirmedMessage: null,
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

test('the message for one error shows the error, the file and the line', () => {
  const message = composeErrors([error], { mayRepeat: false });
  expect(message.text).toBe('1 record rejected: Not a date 1');
  expect(textsOf(message)).toEqual([
    '1 record rejected',
    ':no_entry: *Not a date*: 1\n• a.csv, line 12, Seoul: Date_Time: found "2024-02-30", expected a date that exists',
    '*From*\n• a.csv: 1',
    'error 3',
  ]);
});

test('a burst of errors becomes one message with counts by type and source, and three examples', () => {
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
  const message = composeErrors(burst, { mayRepeat: false });
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
  [
    'long texts of characters to escape',
    (n: number) => ({ fileName: `${n}${'<'.repeat(900)}`, reason: '&'.repeat(9_000) }),
  ],
  ['a type for each error', (n: number) => ({ type: `${'KIND'.repeat(100)}${n}` })],
  ['empty texts', () => ({ type: '', reason: '', fileName: '' })],
])('1,000 errors with %s make a message that Slack accepts', (_, oddity) => {
  const errors = Array.from({ length: 1_000 }, (_, n) => ({ ...error, id: String(2 * n), ...oddity(n) }));
  for (const rows of [errors, errors.slice(0, 1)]) {
    expect(() => parseBlocks(composeErrors(rows, { mayRepeat: true }).blocks)).not.toThrow();
  }
});

test('every error type has a title of its own', () => {
  const texts = errorTypes.map((type) => composeErrors([{ ...error, type }], { mayRepeat: false }).text);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.join()).not.toMatch(/[A-Z]_[A-Z]/);
});
