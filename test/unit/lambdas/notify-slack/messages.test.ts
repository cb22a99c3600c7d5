import { describe, expect, test } from '@jest/globals';
import { alertMessage, digestMessage } from '../../../../lambdas/notify-slack/messages.ts';

const alert = {
  alertId: '7',
  location: 'Seoul',
  type: 'TEMP_HIGH',
  reason: 'Temperature 36 °C, at least 35 °C',
  eventTimeMs: Date.UTC(2024, 6, 1, 12, 30),
};

describe('a Slack message', () => {
  test('for one alert says what, where, how much and when', () => {
    expect(alertMessage(alert)).toEqual({
      text: 'High temperature in Seoul: Temperature 36 °C, at least 35 °C',
      blocks: [
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: ':hot_face: *High temperature in Seoul*\nTemperature 36 °C, at least 35 °C',
          },
        },
        {
          type: 'context',
          elements: [{ type: 'mrkdwn', text: '2024-07-01 12:30 UTC · TEMP_HIGH · alert 7' }],
        },
      ],
    });
  });

  test('cannot be given commands by a location', () => {
    expect(alertMessage({ ...alert, location: '<!channel> & co' }).text).toContain(
      'in &lt;!channel&gt; &amp; co:',
    );
  });

  test('for many alerts counts them by kind and place, the busiest first', () => {
    const wind = {
      ...alert,
      type: 'WIND_STRONG',
      location: 'Jeju',
      reason: 'Wind 70 km/h, at least 60 km/h',
    };
    const later = { ...wind, eventTimeMs: alert.eventTimeMs + 3_600_000, location: 'Busan' };
    expect(digestMessage([alert, wind, later, later])).toEqual({
      text: '4 weather alerts in 3 places',
      blocks: [
        { type: 'header', text: { type: 'plain_text', text: '4 weather alerts in 3 places' } },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: ':hot_face: *High temperature*: 1\n• Seoul: Temperature 36 °C, at least 35 °C',
          },
        },
        {
          type: 'section',
          text: {
            type: 'mrkdwn',
            text: ':dash: *Strong wind*: 3\n• Busan: Wind 70 km/h, at least 60 km/h (2 times)\n• Jeju: Wind 70 km/h, at least 60 km/h',
          },
        },
        {
          type: 'context',
          elements: [{ type: 'mrkdwn', text: '2024-07-01 12:30 UTC to 2024-07-01 13:30 UTC' }],
        },
      ],
    });
  });

  test('stays within what Slack takes, however long the names', () => {
    const alerts = Array.from({ length: 1_000 }, (_, index) => ({
      ...alert,
      location: `${index}${'<'.repeat(195)}`,
    }));
    for (const block of digestMessage(alerts).blocks)
      expect(JSON.stringify(block).length).toBeLessThan(3_100);
  });
});
