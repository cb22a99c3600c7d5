import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { log } from '../../shared/aws/log.ts';
import { fetchSecret } from '../../shared/aws/secrets.ts';
import { connectDatabase } from '../../shared/postgres/database.ts';
import { recordJobRun } from '../../shared/postgres/job-runs-table.ts';
import { composeAlerts, groupAlerts } from './alert-messages.ts';
import { alertsTable } from './alerts-table.ts';
import { readConfig } from './config.ts';
import { errorDigestsTable } from './error-digests-table.ts';
import { composeDigests, groupDigests } from './error-messages.ts';
import { isSensorRound, readNotices, sendNotices } from './notices.ts';
import { notifySlack } from './notify-slack.ts';
import { paceTable } from './pace-table.ts';
import { connectSlack } from './slack.ts';
import { workflowMessages } from './workflow-messages.ts';

const config = readConfig();
const database = connectDatabase(config.database);
const send = connectSlack(() => fetchSecret(config.slackWebhookSecretArn));
const alerts = { ...alertsTable(database), name: 'alert', group: groupAlerts, compose: composeAlerts };
const digests = {
  ...errorDigestsTable(database),
  name: 'digest of errors',
  group: groupDigests,
  compose: composeDigests,
};
const messages = workflowMessages(database);
const ran = recordJobRun(database.query);

async function notify(event: unknown, remainingMs: () => number) {
  const notices = readNotices(event);
  if (notices.length > 0) return sendNotices(notices, send);
  if (isSensorRound(event)) await ran('sensor');
  const ports = {
    ...paceTable(database),
    send,
    remainingMs,
    sleep: async (ms: number) => void (await sleep(ms)),
  };
  const sentAlerts = await notifySlack(alerts, ports);
  await digests.collect();
  return {
    alerts: sentAlerts,
    errors: await notifySlack(digests, ports),
    messages: await notifySlack(messages, ports),
  };
}

/** Sends the notices in the event. Any other event is a nudge to send the unsent rows of the database. */
export const handler = async (event: unknown, context: Context) => {
  const startedAt = performance.now();
  const sent = await notify(event, () => context.getRemainingTimeInMillis());
  log.info('notified', { ...sent, ms: Math.round(performance.now() - startedAt) });
  return sent;
};
