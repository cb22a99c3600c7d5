import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { waitFor } from '../../localstack/wait-for.ts';
import { openDeployedPlatform } from './deployed-platform.ts';

let platform: ReturnType<typeof openDeployedPlatform>;
beforeAll(() => {
  platform = openDeployedPlatform();
});
afterAll(() => platform.close());

const inbox = (method: string, path: string, body?: object) =>
  fetch(`${platform.endpoints.slackInboxUrl}${path}`, { method, body: body ? JSON.stringify(body) : null });
const alertsAt = (location: string) =>
  platform.rows<{ slack_sent: boolean; retry_count: number }>(
    'select slack_sent, retry_count from weather_alerts where location = $1',
    [location],
  );

test('while Slack is down alerts stay unsent and all else goes on; when it is back they go out', async () => {
  const city = `Hotville ${Date.now()}`;
  await inbox('PUT', '/behaviour', { status: 500 });
  try {
    const source = await platform.dropFile(
      `${city}.csv`,
      `Location,Date_Time,Temperature_C,Humidity_pct,Precipitation_mm,Wind_Speed_kmh\n${city},2024-08-01 12:00:00,39.5,20,0,5\n`,
    );
    await platform.ingested(source);
    await waitFor(
      'a failed attempt',
      async () => (await alertsAt(city)).some(({ retry_count }) => retry_count > 0),
      { deadlineMs: 45_000 },
    );
    expect(await platform.invoke('notify-slack')).toBe('Unhandled');
    expect(await alertsAt(city)).toMatchObject([{ slack_sent: false }]);
    await waitFor(
      'the row in the lake',
      async () => (await platform.landedRows()).some(({ location }) => location === city),
      { deadlineMs: 45_000 },
    );
  } finally {
    await inbox('PUT', '/behaviour', { status: 200 });
  }
  expect(await platform.invoke('notify-slack')).toBeUndefined();
  await waitFor(
    'the alert to be marked as sent',
    async () => (await alertsAt(city)).every(({ slack_sent }) => slack_sent),
    { deadlineMs: 20_000 },
  );
  const messages = await (await inbox('GET', '/messages')).text();
  expect(messages).toContain(city);
});
