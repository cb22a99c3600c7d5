import type { Step } from './steps.ts';

/** What stands between the marks of a step in docs/tour.md. */
export interface Block {
  readonly name: string;
  readonly text: string;
}

const blocks = /<!-- tour: ([\w ]+) -->\n([\s\S]*?)<!-- end -->/g;

export const blocksOf = (page: string): Block[] =>
  [...page.matchAll(blocks)].map(([, name = '', text = '']) => ({ name, text }));

/** The commands of a step, and below them their output, if there is any. */
export function renderBlock({ commands }: Pick<Step, 'commands'>, output: string): string {
  const printed = output === '' ? '' : `\n${fenced('text', output)}`;
  return `${fenced('sh', commands)}${printed}`;
}

const fenced = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;

/** The output that a block shows. */
export const outputIn = ({ text }: Block): string => /```text\n([\s\S]*?)\n```/.exec(text)?.[1] ?? '';

/**
 * The page with another text in each of these blocks.
 * @throws Error for a block that the page does not have
 */
export function withBlocks(page: string, texts: ReadonlyMap<string, string>): string {
  const known = new Set(blocksOf(page).map(({ name }) => name));
  for (const name of texts.keys())
    if (!known.has(name)) throw new Error(`docs/tour.md has no place for "${name}": <!-- tour: ${name} -->`);
  return page.replace(blocks, (block, name: string) =>
    texts.has(name) ? `<!-- tour: ${name} -->\n${texts.get(name)}<!-- end -->` : block,
  );
}
