const counting = new Intl.NumberFormat('en-US');

export const formatCount = (count: number): string => counting.format(count);

/** With one decimal below ten, so that a slow stage does not look idle. */
export function formatRate(perSecond: number): string {
  if (perSecond > 0 && perSecond < 0.05) return '<0.1/s';
  return `${perSecond > 0 && perSecond < 10 ? perSecond.toFixed(1) : counting.format(Math.round(perSecond))}/s`;
}

/** A minus sign, and not a hyphen: "−12", "+3". */
export const formatDifference = (difference: number): string =>
  `${difference < 0 ? '−' : '+'}${counting.format(Math.abs(difference))}`;

export const plural = (count: number, one: string, more = `${one}s`): string =>
  `${formatCount(count)} ${count === 1 ? one : more}`;

/** "2024-07-01 12:00:05", in UTC. */
export const formatTime = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ');

const steps = [
  { ms: 86_400_000, unit: 'd' },
  { ms: 3_600_000, unit: 'h' },
  { ms: 60_000, unit: 'min' },
  { ms: 1_000, unit: 's' },
] as const;

/** "5 s ago", "3 min ago". */
export function formatAgo(ms: number, nowMs: number): string {
  const passed = Math.max(0, nowMs - ms);
  const step = steps.find((each) => passed >= each.ms);
  return step ? `${Math.floor(passed / step.ms)} ${step.unit} ago` : 'just now';
}

const byteUnits = ['bytes', 'kB', 'MB', 'GB'];

export function formatBytes(bytes: number): string {
  let [amount, unit] = [bytes, 0];
  while (amount >= 1_000 && unit < byteUnits.length - 1) [amount, unit] = [amount / 1_000, unit + 1];
  return `${unit === 0 ? Math.round(amount) : amount.toFixed(1)} ${byteUnits[unit]}`;
}

const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 2 });

/** A value in one of Grafana's units. */
export function formatUnit(value: number, unit: string): string {
  switch (unit) {
    case 'percentunit':
      return `${compact.format(value * 100)} %`;
    case 'percent':
      return `${compact.format(value)} %`;
    case 'ms':
    case 's':
      return `${compact.format(value)} ${unit}`;
    case 'bytes':
      return formatBytes(value);
    case 'Bps':
      return `${formatBytes(value)}/s`;
    case 'rps':
    case 'cps':
      return `${compact.format(value)}/s`;
    case 'dateTimeAsIso':
      return formatTime(value);
    default:
      return compact.format(value);
  }
}
