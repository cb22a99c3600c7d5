import { expect, test } from '@jest/globals';
import { readNotices } from '../../../../lambdas/errors/notify-slack/notices.ts';
import { type Alert, type Change, type Known, noticeOf } from '../../../../localstack/alert-relay/changes.ts';
import { alertRelay } from '../../../../localstack/alert-relay/relay.ts';

const alert = (alertname: string, instance: string, summary = 'it fires'): Alert => ({
  labels: { alertname, instance, severity: 'page' },
  annotations: { summary, runbook: 'docs/runbook.md#broker-down' },
  activeAt: '2026-11-29T09:58:00.5Z',
});

function world() {
  const told: string[] = [];
  const state = { firing: [] as Alert[], known: {} as Known, fails: false };
  const start = () =>
    alertRelay({
      firing: async () => state.firing,
      tell: async (change: Change) => {
        if (state.fails) throw new Error('no queue');
        told.push(`${change.name} ${change.state} ${change.alerts.map(({ labels }) => labels.instance)}`);
      },
      load: () => state.known,
      store: (known) => {
        state.known = known;
      },
    });
  return { told, state, start };
}

test('an alert is told once when it fires and once when it is over, however often it is seen', async () => {
  const { told, state, start } = world();
  const look = start();
  for (const firing of [[], [alert('A', '1')], [alert('A', '1', 'another value')], [], []]) {
    state.firing = firing;
    await look();
  }
  expect(told).toEqual(['A firing 1', 'A over 1']);
});

test('alerts of one name that begin together are one message, and a later one is another', async () => {
  const { told, state, start } = world();
  const look = start();
  state.firing = [alert('A', '1'), alert('B', '1'), alert('A', '2')];
  await look();
  state.firing = [...state.firing, alert('A', '3')];
  await look();
  state.firing = [alert('A', '3')];
  await look();
  expect(told).toEqual(['A firing 1,2', 'B firing 1', 'A firing 3', 'A over 1,2', 'B over 1']);
});

test('a new process does not tell again what an earlier one told', async () => {
  const { told, state, start } = world();
  state.firing = [alert('A', '1')];
  await start()();
  await start()();
  state.firing = [];
  await start()();
  expect(told).toEqual(['A firing 1', 'A over 1']);
});

test('a change that could not be told is told later', async () => {
  const { told, state, start } = world();
  const look = start();
  state.firing = [alert('A', '1')];
  state.fails = true;
  await expect(look()).rejects.toThrow('no queue');
  state.fails = false;
  await look();
  expect(told).toEqual(['A firing 1']);
});

test('notify-slack reads the message, with what happened and where to look', () => {
  const notice = (state: Change['state']) =>
    readNotices({
      Records: [
        {
          body: noticeOf(
            { name: 'A', state, alerts: [alert('A', '1'), alert('A', '2', 'so does it')] },
            0,
            'http://console',
          ),
        },
      ],
    });
  expect(notice('firing')).toEqual([
    {
      emoji: ':rotating_light:',
      title: 'A fires',
      text: 'it fires\nso does it\nsince 2026-11-29 09:58 UTC\ndocs/runbook.md#broker-down\nhttp://console/',
      time: '1970-01-01T00:00:00.000Z',
    },
  ]);
  expect(notice('over')).toMatchObject([
    { emoji: ':white_check_mark:', title: 'A is over', text: 'it fires\nso does it' },
  ]);
});
