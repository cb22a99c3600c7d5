/** Lines of progress: of more, a page shows the first two and the last two. */
const mostLines = 12;

/** What differs from one run to the next, and what a page shows instead. As wide, where it is in a table. */
const volatile: readonly (readonly [RegExp, string | ((found: string) => string)])[] = [
  [/[\d.]+ (?:bytes|[kMG]B) scanned · [\d.]+ s$/, '… scanned · … s'],
  [/(\d\.\d{3})\d{3,}/, '$1'],
  // The id of an error, and when it was stored.
  [/^ *\d+ {2}\d{4}-\d\d-\d\d \d\d:\d\d/, (found) => found.replaceAll(/\d/g, '·')],
];

/** An output as docs/tour.md shows it: two runs on new platforms differ in few lines. */
export function printed(output: string): string {
  const lines = output
    .trimEnd()
    .split('\n')
    .map((line) =>
      volatile.reduce<string>(
        (text, [found, instead]) => text.replace(found, instead as (found: string) => string),
        line,
      ),
    );
  if (lines.length <= mostLines) return lines.join('\n');
  return [...lines.slice(0, 2), '…', ...lines.slice(-2)].join('\n');
}
