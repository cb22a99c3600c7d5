/** The time of a text without a zone is in UTC. NaN for what is no time. */
export function utcMs(text: string): number {
  const time = text.trim().replace(' ', 'T');
  const isZoned = !time.includes('T') || /(Z|[+-]\d\d:?\d\d)$/i.test(time);
  return Date.parse(isZoned ? time : `${time}Z`);
}
