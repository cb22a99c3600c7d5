import { daysPerMonth, hoursPerMonth } from './units.ts';

const rateUnits = { minute: 60 * hoursPerMonth, hour: hoursPerMonth, day: daysPerMonth };

/**
 * How often EventBridge fires in a month.
 * @param expression `rate(5 minutes)`, or a cron of fixed times: minute, hour and day of week are a number, a
 * name or `*`
 * @throws Error for another expression
 */
export function runsPerMonth(expression: string): number {
  const rate = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression);
  if (rate !== null) return rateUnits[rate[2] as keyof typeof rateUnits] / Number(rate[1]);
  const cron = /^cron\((\d+) (\d+|\*) (?:\*|\?) \* (\*|\?|[A-Z]{3}) \*\)$/.exec(expression);
  if (cron === null)
    throw new Error(`The schedule ${expression} is not understood: extend bin/cost/schedule.ts.`);
  const [, , hour, weekDay = ''] = cron;
  const days = /^[A-Z]/.test(weekDay) ? daysPerMonth / 7 : daysPerMonth;
  return hour === '*' ? days * 24 : days;
}
