/**
 * Turns a local time, in milliseconds as if it were UTC, into UTC. `skipped`: clocks were put forward over
 * it. `repeated`: clocks were put back, and showed it twice.
 */
export type ToUtc = (localMs: number) => number | 'skipped' | 'repeated';

const quarterHourMs = 15 * 60_000;
const dayMs = 86_400_000;
const rememberedQuarters = 200_000;
const fixedOffset = /^([+-])(\d\d):(\d\d)$/;

/**
 * Compiles a time zone: an IANA name such as Europe/Berlin, or an offset such as +09:00.
 *
 * @returns undefined for a zone that is not known
 */
export function localTime(timeZone: string): ToUtc | undefined {
  const [, sign, hours, minutes] = fixedOffset.exec(timeZone) ?? [];
  if (sign !== undefined) {
    const offsetMs = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * 60_000;
    return Number(hours) <= 18 && Number(minutes) < 60 ? (localMs) => localMs - offsetMs : undefined;
  }
  if (/^[+-]/.test(timeZone)) return undefined;
  const offsetAt = zoneOffset(timeZone);
  return offsetAt && byQuarterHour(offsetAt);
}

/** Offsets change at quarters of an hour, and asking for one costs several times what reading a row costs. */
function byQuarterHour(offsetAt: (utcMs: number) => number): ToUtc {
  const known = new Map<number, number | 'skipped' | 'repeated'>();
  return (localMs) => {
    const quarter = Math.floor(localMs / quarterHourMs);
    let offset = known.get(quarter);
    if (offset === undefined) {
      offset = offsetOfLocal(quarter * quarterHourMs, offsetAt);
      if (known.size >= rememberedQuarters) known.clear();
      known.set(quarter, offset);
    }
    return typeof offset === 'number' ? localMs - offset : offset;
  };
}

/** The offsets of the day before and after are the only ones that a local time can have. */
function offsetOfLocal(
  localMs: number,
  offsetAt: (utcMs: number) => number,
): number | 'skipped' | 'repeated' {
  const candidates = new Set([offsetAt(localMs - dayMs), offsetAt(localMs + dayMs)]);
  const [first, ...others] = [...candidates].filter((offset) => offsetAt(localMs - offset) === offset);
  if (first === undefined) return 'skipped';
  return others.length > 0 ? 'repeated' : first;
}

function zoneOffset(timeZone: string): ((utcMs: number) => number) | undefined {
  let clock: Intl.DateTimeFormat;
  try {
    clock = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  } catch {
    return undefined;
  }
  return (utcMs) => {
    const parts = Object.fromEntries(
      clock.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]),
    );
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
    return Date.UTC(year, month - 1, day, hour, minute, second) - utcMs;
  };
}
