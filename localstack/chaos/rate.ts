/** @throws Error when the text is not a number from 0 to 1 */
export function readRate(text: string): number {
  const rate = text.trim() === '' ? Number.NaN : Number(text);
  if (!(rate >= 0 && rate <= 1)) throw new Error(`--chaos ${text}: expected a number from 0 to 1`);
  return rate;
}
