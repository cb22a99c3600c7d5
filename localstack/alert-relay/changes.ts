/** An alert that fires, as Prometheus lists it. */
export interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  /** When its condition began to hold, in RFC 3339. */
  readonly activeAt?: string;
}

/** Alerts of one name that began or ended together: one message for people. */
export interface Change {
  readonly name: string;
  readonly state: 'firing' | 'over';
  readonly alerts: readonly Alert[];
}

/** The alerts that people know of, by their identity. */
export type Known = Readonly<Record<string, Alert>>;

/** Equal labels are the same alert, whatever its value. */
const idOf = ({ labels }: Alert): string => JSON.stringify(Object.entries(labels).sort());

/** What people have to be told, when they know of some alerts and these fire now. */
export function changesSince(known: Known, firing: readonly Alert[]): Change[] {
  const now = new Map(firing.map((alert) => [idOf(alert), alert]));
  const begun = [...now].filter(([id]) => !Object.hasOwn(known, id)).map(([, alert]) => alert);
  const ended = Object.entries(known).flatMap(([id, alert]) => (now.has(id) ? [] : [alert]));
  return [...grouped(ended, 'over'), ...grouped(begun, 'firing')];
}

/** What people know once they were told of a change. */
export function knownAfter(known: Known, { state, alerts }: Change): Known {
  const ids = new Set(alerts.map(idOf));
  const others = Object.entries(known).filter(([id]) => !ids.has(id));
  const added = state === 'firing' ? alerts.map((alert): [string, Alert] => [idOf(alert), alert]) : [];
  return Object.fromEntries([...others, ...added]);
}

const grouped = (alerts: readonly Alert[], state: Change['state']): Change[] =>
  [...Map.groupBy(alerts, ({ labels }) => labels.alertname ?? '')].map(([name, same]) => {
    return { name, state, alerts: same };
  });

/** The view of the console that shows more. */
const viewOf = (name: string): string => (name.startsWith('Fraud') ? '/model' : '/');

/** The message for notify-slack, in the form of an EventBridge event. */
export const noticeOf = ({ name, state, alerts }: Change, nowMs: number, consoleUrl: string): string =>
  JSON.stringify({
    'detail-type': 'Prometheus Alert',
    time: new Date(nowMs).toISOString(),
    detail: {
      name,
      state,
      severity: alerts[0]?.labels.severity,
      summaries: alerts.map(({ annotations }) => annotations.summary),
      since: alerts.flatMap(({ activeAt }) => activeAt ?? []).sort()[0],
      runbook: alerts[0]?.annotations.runbook,
      link: `${consoleUrl}${viewOf(name)}`,
    },
  });
