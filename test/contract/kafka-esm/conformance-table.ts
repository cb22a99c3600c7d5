import type { Case } from './cases.ts';

/** The cases as a Markdown table, each with the AWS page of its rule. */
export function tableOf(cases: Case[], holds: (name: string) => boolean): string {
  return [
    '| case | invokes | committed | at the destination | AWS |',
    '| --- | --- | --- | --- | --- |',
    ...cases.map((one) =>
      row([
        one.name,
        invokesOf(one),
        one.commits.join(', '),
        destinationOf(one),
        linkTo(one.page, holds(one.name)),
      ]),
    ),
  ].join('\n');
}

const row = (cells: string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function invokesOf({ invokes }: Case): string {
  if (invokes.length === 0) return 'none';
  const runs: { text: string; times: number }[] = [];
  for (const text of invokes.map(short)) {
    const last = runs.at(-1);
    if (last?.text === text) last.times++;
    else runs.push({ text, times: 1 });
  }
  return runs.map(({ text, times }) => (times > 1 ? `${times} × ${text}` : text)).join(', ');
}

function short(invoke: string): string {
  const values = invoke.split(' ');
  if (values.length > 9) return `\`${values[0]} … ${values.at(-1)}\``;
  return invoke === '' ? 'a tombstone' : `\`${invoke}\``;
}

const destinationOf = ({ destination, destinations = [] }: Case): string =>
  destinations
    .map(({ condition, values }) => `${destination}: ${condition}${values ? ` \`${values}\`` : ''}`)
    .join(', ');

const linkTo = (page: string, holds: boolean): string =>
  `${holds ? '' : '**not like** '}[${page.replace(/.*\/(.+?)(\.html)?(#.*)?$/, '$1')}](${page})`;
