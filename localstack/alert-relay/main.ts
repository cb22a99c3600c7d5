// Hands the alerts of the local Prometheus to notify-slack. On AWS, an alert manager does it.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { localAccount } from '../platform/local-account.ts';
import { type Alert, type Known, noticeOf } from './changes.ts';
import { alertRelay } from './relay.ts';

const everyMs = 5_000;

const { values } = parseArgs({
  options: {
    'prometheus-url': { type: 'string', default: '' },
    'endpoint-url': { type: 'string', default: '' },
    region: { type: 'string', default: '' },
    store: { type: 'string', default: '' },
    'console-url': { type: 'string', default: '' },
  },
});
const account = localAccount({ awsEndpointUrl: values['endpoint-url'], region: values.region });
const queue = 'isobar-local-slack-notices';

const relay = alertRelay({
  firing: async () => {
    const response = await fetch(`${values['prometheus-url']}/api/v1/alerts`);
    const { data } = (await response.json()) as { data: { alerts: (Alert & { state: string })[] } };
    return data.alerts.filter(({ state }) => state === 'firing');
  },
  tell: async (change) => {
    // Most runs tell nothing. The SDK would double the memory of this process.
    const { GetQueueUrlCommand, SendMessageCommand, SQSClient } = await import('@aws-sdk/client-sqs');
    const sqs = new SQSClient(account);
    const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: queue }));
    await sqs.send(
      new SendMessageCommand({ QueueUrl, MessageBody: noticeOf(change, Date.now(), values['console-url']) }),
    );
    sqs.destroy();
  },
  load: () => {
    try {
      return JSON.parse(readFileSync(values.store, 'utf8')) as Known;
    } catch {
      return {};
    }
  },
  store: (known) => {
    writeFileSync(`${values.store}.new`, JSON.stringify(known));
    renameSync(`${values.store}.new`, values.store);
  },
});

let failure = '';
for (;;) {
  // Prometheus restarts, and the queue exists only after the deploy. The same failure is logged once.
  const reason = await relay().then(
    () => '',
    (error: Error) => error.message,
  );
  if (reason !== '' && reason !== failure) console.log(`alerts could not be told, trying again: ${reason}`);
  failure = reason;
  await delay(everyMs);
}
