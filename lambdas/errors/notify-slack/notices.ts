import { context, escapeText, header, type SlackMessage, section } from './blocks.ts';
import type { Answer } from './notify-slack.ts';

/** An event of EventBridge that a person should hear of. */
export interface Notice {
  readonly emoji: string;
  readonly title: string;
  readonly text: string;
  readonly time: string;
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads the notices in the messages of a queue. A message that is no event is a nudge, and no notice.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 * https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
 */
export function readNotices(event: unknown): Notice[] {
  const records = object(event).Records;
  if (!Array.isArray(records)) return [];
  return records.flatMap((record) => {
    const message = object(JSON.parse(text(object(record).body)));
    if (hasOwnMessage.has(object(message.detail).error)) return [];
    const read = readers[text(message['detail-type'])];
    return read ? [{ ...read(object(message.detail)), time: text(message.time) }] : [];
  });
}

/** A workflow that ends so has left a message of its own: the event is a nudge to send it. */
const hasOwnMessage = new Set<unknown>(['NotPublished', 'NotRetrained']);

const readers: Readonly<Record<string, (detail: Json) => Omit<Notice, 'time'>>> = {
  'CloudWatch Alarm State Change': (detail) => {
    const state = object(detail.state);
    const isOn = text(state.value) === 'ALARM';
    const runbook = text(object(detail.configuration).description);
    return {
      emoji: isOn ? ':rotating_light:' : ':white_check_mark:',
      title: `${text(detail.alarmName)} ${isOn ? 'is on' : 'is over'}`,
      text: [text(state.reason), isOn ? runbook : ''].filter(Boolean).join('\n'),
    };
  },
  'Step Functions Execution Status Change': (detail) => ({
    emoji: ':rotating_light:',
    title: `${text(detail.stateMachineArn).split(':').at(-1)} ${text(detail.status).toLowerCase().replace('_', ' ')}`,
    text: [`Execution ${text(detail.name)}`, text(detail.error), text(detail.cause)]
      .filter(Boolean)
      .join('\n'),
  }),
};

const object = (value: unknown): Json =>
  typeof value === 'object' && value !== null ? { ...(value as object) } : {};
const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Sends at once, and leaves no trace in the database, which may be what the notice is about. */
export async function sendNotices(
  notices: readonly Notice[],
  send: (message: SlackMessage) => Promise<Answer>,
): Promise<{ notices: number }> {
  for (const notice of notices) {
    const answer = await send(noticeMessage(notice));
    if (answer.result === 'later') throw new Error(`Slack asks to wait ${answer.retryAfterMs} ms`);
    if (answer.result !== 'taken') throw answer.error;
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
