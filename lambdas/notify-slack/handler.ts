import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from 'aws-lambda';
import { connectDatabase } from '../shared/database.ts';
import { log } from '../shared/log.ts';
import { fetchSecret } from '../shared/secrets.ts';
import { alertsTable } from './alerts-table.ts';
import { readConfig } from './config.ts';
import { notifySlack } from './notify-slack.ts';
import { connectSlack } from './slack.ts';

const config = readConfig();
const ports = {
  ...alertsTable(connectDatabase(config.database)),
  send: connectSlack(() => fetchSecret(config.slackWebhookSecretArn)),
  sleep: async (ms: number) => void (await sleep(ms)),
};

/** Any event will do: what there is to send is in the database. */
export const handler = async (_event: unknown, context: Context) => {
  const startedAt = performance.now();
  const sent = await notifySlack({ ...ports, remainingMs: () => context.getRemainingTimeInMillis() });
  log.info('notified', { ...sent, ms: Math.round(performance.now() - startedAt) });
  return sent;
};
