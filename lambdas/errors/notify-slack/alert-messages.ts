import { type AlertType, isAlertType } from '../../shared/wire/alert-types.ts';
import { countOf, escapeText, formatTime, header, rowIds, type SlackMessage, section } from './blocks.ts';
import type { ComposeOptions, OutboxRow } from './notify-slack.ts';

/** An alert that is not sent to Slack yet. */
export interface UnsentAlert extends OutboxRow {
  readonly location: string;
  readonly type: string;
  readonly reason: string;
  readonly eventTimeMs: number;
}

const kinds: Readonly<Record<AlertType, { readonly emoji: string; readonly title: string }>> = {
  TEMP_HIGH: { emoji: ':hot_face:', title: 'High temperature' },
  TEMP_LOW: { emoji: ':cold_face:', title: 'Low temperature' },
  RAIN_HEAVY: { emoji: ':rain_cloud:', title: 'Heavy rain' },
  WIND_STRONG: { emoji: ':dash:', title: 'Strong wind' },
  ANOMALY: { emoji: ':mag:', title: 'Unusual reading' },
};

/** A type of another release is shown by its name. */
const kindOf = (type: string) =>
  isAlertType(type) ? kinds[type] : { emoji: ':warning:', title: escapeText(type) };

/** So many alerts or more share one message. */
const digestFrom = 6;

export const groupAlerts = (alerts: readonly UnsentAlert[]): UnsentAlert[][] =>
  alerts.length < digestFrom ? alerts.map((alert) => [alert]) : [[...alerts]];

export function composeAlerts(alerts: readonly UnsentAlert[], options: ComposeOptions): SlackMessage {
  const [only, ...others] = alerts;
  return only && others.length === 0 ? alertMessage(only, options) : digestMessage(alerts, options);
}

function alertMessage(alert: UnsentAlert, options: ComposeOptions): SlackMessage {
  const { emoji, title } = kindOf(alert.type);
  const [place, reason] = [escapeText(alert.location), escapeText(alert.reason)];
  return {
    text: `${title} in ${place}: ${reason}`,
    blocks: [
      section(`${emoji} *${title} in ${place}*\n${reason}`),
      rowIds('alert', [alert.id], {
        ...options,
        details: [`${formatTime(alert.eventTimeMs)} · ${escapeText(alert.type)}`],
      }),
    ],
  };
}

const typesShown = 20;
const placesShown = 10;

/** One message for many alerts: their number by type and place, and their time span. */
function digestMessage(alerts: readonly UnsentAlert[], options: ComposeOptions): SlackMessage {
  const places = new Set(alerts.map(({ location }) => location)).size;
  const title = `${alerts.length} weather alerts in ${countOf(places, 'place')}`;
  const groups = [...Map.groupBy(alerts, ({ type }) => type)].sort(([, a], [, b]) => b.length - a.length);
  const others = groups.slice(typesShown).flatMap(([, group]) => group).length;
  return {
    text: title,
    blocks: [
      header(title),
      ...groups.slice(0, typesShown).map(([type, group]) => typeSummary(type, group)),
      ...(others > 0 ? [section(`and ${countOf(others, 'alert')} of other types`)] : []),
      rowIds(
        'alerts',
        alerts.map(({ id }) => id),
        { ...options, details: [timeSpan(alerts)] },
      ),
    ],
  };
}

function timeSpan(alerts: readonly UnsentAlert[]): string {
  const times = alerts.map(({ eventTimeMs }) => eventTimeMs).sort((a, b) => a - b);
  const [from, to] = [formatTime(times[0] ?? 0), formatTime(times.at(-1) ?? 0)];
  return from === to ? from : `${from} to ${to}`;
}

function typeSummary(type: string, alerts: readonly UnsentAlert[]) {
  const { emoji, title } = kindOf(type);
  const byPlace = [...Map.groupBy(alerts, ({ location }) => location)].sort(
    ([, a], [, b]) => b.length - a.length,
  );
  const lines = byPlace.slice(0, placesShown).map(([location, ofPlace]) => {
    const times = ofPlace.length > 1 ? ` (${ofPlace.length} times)` : '';
    return `• ${escapeText(location, 80)}: ${escapeText(ofPlace.at(-1)?.reason ?? '', 120)}${times}`;
  });
  const more = (count: number) => `• and ${countOf(count, 'more place', 'more places')}`;
  return section(
    `${emoji} *${title}*: ${alerts.length}`,
    lines,
    more,
    Math.max(0, byPlace.length - placesShown),
  );
}
