import { describe, expect, test } from '@jest/globals';
import {
  composeAlerts,
  groupAlerts,
  type UnsentAlert,
} from '../../../../../lambdas/errors/notify-slack/alert-messages.ts';
import { alertTypes } from '../../../../../lambdas/shared/wire/alert-types.ts';
import { parseBlocks } from '../../../../../localstack/slack-inbox/block-kit.ts';

const alert: UnsentAlert = {
  id: '7',
  rejections: 0,
  unconfirmedMessage: null,
  location: 'Seoul',
  type: 'TEMP_HIGH',
  reason: 'Temperature 36 °C, at least 35 °C',
  eventTimeMs: Date.UTC(2024, 6, 1, 12, 30),
};
const once = { mayRepeat: false };

const textsOf = (message: ReturnType<typeof composeAlerts>) =>
  message.blocks.map((block) =>
    'elements' in block ? block.elements.map(({ text }) => text).join(' | ') : block.text.text,
  );

describe('composeAlerts', () => {
  test('the message for one alert shows its type, place, reading, time and row', () => {
    const message = composeAlerts([alert], once);
    expect(message.text).toBe('High temperature in Seoul: Temperature 36 °C, at least 35 °C');
    expect(textsOf(message)).toEqual([
      ':hot_face: *High temperature in Seoul*\nTemperature 36 °C, at least 35 °C',
      '2024-07-01 12:30 UTC · TEMP_HIGH | alert 7',
    ]);
  });

  test('a message that may be a repetition says so', () => {
    expect(textsOf(composeAlerts([alert], { mayRepeat: true })).at(-1)).toMatch(
      /^:warning: May repeat .+ \| alert 7$/,
    );
  });

  test('a location cannot add Slack mentions or links to a message', () => {
    expect(composeAlerts([{ ...alert, location: '<!channel> & co' }], once).text).toContain(
      'in &lt;!channel&gt; &amp; co:',
    );
  });

  test('the message for many alerts counts them by type and place, largest first', () => {
    const wind = {
      ...alert,
      id: '8',
      type: 'WIND_STRONG',
      location: 'Jeju',
      reason: 'Wind 70 km/h, at least 60 km/h',
    };
    const later = { ...wind, id: '9', eventTimeMs: alert.eventTimeMs + 3_600_000, location: 'Busan' };
    const message = composeAlerts([alert, wind, later, { ...later, id: '11' }], once);
    expect(message.text).toBe('4 weather alerts in 3 places');
    expect(textsOf(message)).toEqual([
      '4 weather alerts in 3 places',
      ':dash: *Strong wind*: 3\n• Busan: Wind 70 km/h, at least 60 km/h (2 times)\n• Jeju: Wind 70 km/h, at least 60 km/h',
      ':hot_face: *High temperature*: 1\n• Seoul: Temperature 36 °C, at least 35 °C',
      '2024-07-01 12:30 UTC to 2024-07-01 13:30 UTC | alerts 7–9, 11',
    ]);
  });

  test.each([
    [
      'long texts of characters to escape',
      (n: number) => ({ location: `${n}${'<'.repeat(500)}`, reason: '&'.repeat(5_000) }),
    ],
    ['a type for each alert', (n: number) => ({ type: `${'KIND'.repeat(100)}${n}` })],
    [
      'ids of the greatest length, without consecutive ones',
      (n: number) => ({ id: `${9_223_372_036_854_770_000n - 2n * BigInt(n)}` }),
    ],
    ['halves of surrogate pairs', () => ({ reason: '\ud83d'.repeat(300) })],
  ])('1,000 alerts with %s make a message that Slack accepts', (_, oddity) => {
    const alerts = Array.from({ length: 1_000 }, (_, n) => ({ ...alert, id: String(n), ...oddity(n) }));
    for (const rows of [alerts, alerts.slice(0, 1)]) {
      const message = composeAlerts(rows, { mayRepeat: true });
      expect(() => parseBlocks(message.blocks)).not.toThrow();
      expect(JSON.stringify(message).isWellFormed()).toBe(true);
      expect(JSON.stringify(message)).not.toMatch(/\\ud83d|&am"/);
    }
  });
});

test('every alert type has a title of its own', () => {
  const texts = Object.keys(alertTypes).map((type) => composeAlerts([{ ...alert, type }], once).text);
  expect(new Set(texts).size).toBe(texts.length);
  expect(texts.join()).not.toMatch(/[A-Z]_[A-Z]/);
});

test.each(['OF_ANOTHER_RELEASE', 'constructor'])('the alert type %s is shown by its name', (type) => {
  expect(textsOf(composeAlerts([{ ...alert, type }], once))[0]).toBe(
    `:warning: *${type} in Seoul*\n${alert.reason}`,
  );
});

test('up to five alerts get a message each, six or more share one', () => {
  const alerts = (count: number) => Array.from({ length: count }, () => alert);
  expect(groupAlerts(alerts(5)).map(({ length }) => length)).toEqual([1, 1, 1, 1, 1]);
  expect(groupAlerts(alerts(6)).map(({ length }) => length)).toEqual([6]);
});
