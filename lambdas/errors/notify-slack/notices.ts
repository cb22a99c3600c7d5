import { context, escapeText, header, type SlackMessage, section } from './blocks.ts';
import type { Answer } from './notify-slack.ts';

/** An EventBridge event to report to a person. */
export interface Notice {
  readonly emoji: string;
  readonly title: string;
  readonly text: string;
  readonly time: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the notices in an event from SQS. Its other messages are nudges: they only start this function.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function readNotices(event: unknown): Notice[] {
  const records = object(event).Records;
  if (!Array.isArray(records)) return [];
  return records.flatMap((record) => {
    const message = object(JSON.parse(text(object(record).body)));
    if (hasOwnMessage.has(object(message.detail).error)) return [];
    const read = readers.get(text(message['detail-type']));
    return read ? [{ ...read(object(message.detail), text(message.region)), time: text(message.time) }] : [];
  });
}

/** Whether the sensor workflow invokes: its rounds are noted, so that a sensor that stops is seen. */
export const isSensorRound = (event: unknown): boolean => object(event).job === 'sensor';

/** A workflow that fails with one of these errors has stored a message of its own. Its event is a nudge. */
const hasOwnMessage = new Set<unknown>(['NotPublished', 'NotRetrained']);

function alarmNotice(detail: Json, region: string): Omit<Notice, 'time'> {
  const state = object(detail.state);
  const isOn = text(state.value) === 'ALARM';
  const runbook = text(object(detail.configuration).description);
  return {
    emoji: isOn ? ':rotating_light:' : ':white_check_mark:',
    title: `${text(detail.alarmName)} ${isOn ? 'is on' : 'is over'}`,
    text: [text(state.reason), ...(isOn ? [runbook, alarmLink(text(detail.alarmName), region)] : [])]
      .filter(Boolean)
      .join('\n'),
  };
}

const alarmLink = (name: string, region: string): string =>
  region === ''
    ? ''
    : `https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#alarmsV2:alarm/${name}`;

function workflowNotice(detail: Json): Omit<Notice, 'time'> {
  const workflow = text(detail.stateMachineArn).split(':').at(-1);
  const status = text(detail.status).toLowerCase().replace('_', ' ');
  return {
    emoji: ':rotating_light:',
    title: `${workflow} ${status}`,
    text: [`Execution ${text(detail.name)}`, text(detail.error), text(detail.cause)]
      .filter(Boolean)
      .join('\n'),
  };
}

const sinceLine = (time: string): string =>
  time === '' ? '' : `since ${time.slice(0, 16).replace('T', ' ')} UTC`;

/** An alert of Prometheus that fires or is over. Alerts of one name that begin together are one notice. */
function alertNotice(detail: Json): Omit<Notice, 'time'> {
  const isOn = text(detail.state) === 'firing';
  const summaries = Array.isArray(detail.summaries) ? detail.summaries.map(text) : [];
  const emoji = text(detail.severity) === 'page' ? ':rotating_light:' : ':warning:';
  return {
    emoji: isOn ? emoji : ':white_check_mark:',
    title: `${text(detail.name)} ${isOn ? 'fires' : 'is over'}`,
    text: [
      ...summaries,
      ...(isOn ? [sinceLine(text(detail.since)), text(detail.runbook), text(detail.link)] : []),
    ]
      .filter(Boolean)
      .join('\n'),
  };
}

const readers = new Map([
  ['Prometheus Alert', alertNotice],
  ['CloudWatch Alarm State Change', alarmNotice],
  ['Step Functions Execution Status Change', workflowNotice],
]);

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? { ...(value as object) } : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Sends notices without the database, since the notice may be about the database. Throws to leave them in the
 * queue.
 */
export async function sendNotices(
  notices: readonly Notice[],
  send: (message: SlackMessage) => Promise<Answer>,
): Promise<{ notices: number }> {
  for (const notice of notices) {
    const answer = await send(noticeMessage(notice));
    if (answer.result === 'rate-limited')
      throw new Error(`Slack's rate limit asks for a wait of ${answer.retryAfterMs} ms`);
    if (answer.result !== 'accepted') throw answer.error;
  }
  return { notices: notices.length };
}

function noticeMessage({ emoji, title, text: words, time }: Notice): SlackMessage {
  const name = escapeText(title, 120);
  return {
    text: name,
    blocks: [
      header(`${emoji} ${title}`.slice(0, 150)),
      ...(words === '' ? [] : [section(escapeText(words, 500))]),
      context(time.slice(0, 16).replace('T', ' ').concat(' UTC')),
    ],
  };
}
