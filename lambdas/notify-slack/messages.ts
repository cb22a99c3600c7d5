import type { UnsentAlert } from './notify-slack.ts';

/** What `chat` shows (`blocks`) and what a notification reads (`text`). https://docs.slack.dev/block-kit/ */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

type Text = { readonly type: 'mrkdwn'; readonly text: string };
type Block =
  | { readonly type: 'header'; readonly text: { readonly type: 'plain_text'; readonly text: string } }
  | { readonly type: 'section'; readonly text: Text }
  | { readonly type: 'context'; readonly elements: readonly Text[] };

const kinds: Readonly<Record<string, { readonly emoji: string; readonly title: string }>> = {
  TEMP_HIGH: { emoji: ':hot_face:', title: 'High temperature' },
  TEMP_LOW: { emoji: ':cold_face:', title: 'Low temperature' },
  RAIN_HEAVY: { emoji: ':rain_cloud:', title: 'Heavy rain' },
  WIND_STRONG: { emoji: ':dash:', title: 'Strong wind' },
};

const kindOf = (type: string) => kinds[type] ?? { emoji: ':warning:', title: type };

export function alertMessage({ alertId, location, type, reason, eventTimeMs }: UnsentAlert): SlackMessage {
  const { emoji, title } = kindOf(type);
  return {
    text: `${title} in ${escapeText(location)}: ${escapeText(reason)}`,
    blocks: [
      section(`${emoji} *${title} in ${escapeText(location)}*\n${escapeText(reason)}`),
      context(`${formatTime(eventTimeMs)} · ${type} · alert ${alertId}`),
    ],
  };
}

const linesShown = 10;

/** One message for many alerts: how many of each kind, where, and when. */
export function digestMessage(alerts: readonly UnsentAlert[]): SlackMessage {
  const times = alerts.map(({ eventTimeMs }) => eventTimeMs).sort((a, b) => a - b);
  const places = new Set(alerts.map(({ location }) => location)).size;
  const title = `${alerts.length} weather alerts in ${places === 1 ? 'one place' : `${places} places`}`;
  const groups = Map.groupBy(alerts, ({ type }) => type);
  return {
    text: title,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: title } },
      ...[...groups].map(([type, group]) => section(kindSummary(type, group))),
      context(`${formatTime(times[0] ?? 0)} to ${formatTime(times.at(-1) ?? 0)}`),
    ],
  };
}

function kindSummary(type: string, alerts: readonly UnsentAlert[]): string {
  const { emoji, title } = kindOf(type);
  const byPlace = [...Map.groupBy(alerts, ({ location }) => location)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const lines = byPlace.slice(0, linesShown).map(([location, ofPlace]) => {
    const times = ofPlace.length > 1 ? ` (${ofPlace.length} times)` : '';
    return `• ${escapeText(location)}: ${escapeText(ofPlace.at(-1)?.reason ?? '')}${times}`;
  });
  const more = byPlace.length > linesShown ? [`• and ${byPlace.length - linesShown} more places`] : [];
  return [`${emoji} *${title}*: ${alerts.length}`, ...lines, ...more].join('\n');
}

/** Slack refuses a section of more than 3,000 characters. */
const section = (text: string): Block => ({
  type: 'section',
  text: { type: 'mrkdwn', text: text.slice(0, 3_000) },
});
const context = (text: string): Block => ({ type: 'context', elements: [{ type: 'mrkdwn', text }] });

const formatTime = (ms: number) => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** https://docs.slack.dev/messaging/formatting-message-text/#escaping */
const escapeText = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
