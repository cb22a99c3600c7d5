import { instance } from '@viz-js/viz';

/** The picture of docs/architecture.md: its source and its drawing. */
export const architecture = { source: 'docs/architecture.dot', drawing: 'docs/images/architecture.svg' };

const title = 'The functions, topics, queues and workflows of Isobar, and the way of a record through them';

/**
 * Colours by class, for a light and a dark page. The SVG is shown as an image, so its own style sheet asks
 * what the reader prefers. Every colour of text has a contrast of at least 4.5 to its background.
 */
const style = `
  svg { --ink: #1f2328; --soft: #59636e; --line: #818b98;
    --function: #fff1e5; --function-edge: #bc4c00; --topic: #ddf4ff; --topic-edge: #0969da;
    --queue: #fbefff; --queue-edge: #8250df; --store: #dafbe1; --store-edge: #1a7f37;
    --workflow: #fff8c5; --workflow-edge: #9a6700; --outside: #f6f8fa; --outside-edge: #818b98 }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #f0f6fc; --soft: #a6adb5; --line: #7d8590;
      --function: #3d1300; --function-edge: #db6d28; --topic: #051d4d; --topic-edge: #388bfd;
      --queue: #271052; --queue-edge: #a371f7; --store: #04260f; --store-edge: #2ea043;
      --workflow: #341a00; --workflow-edge: #bb8009; --outside: #21262d; --outside-edge: #7d8590 }
  }
  text { fill: var(--ink); font-family: -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif }
  .edge text { fill: var(--soft) }
  .edge path { stroke: var(--line) }
  .edge polygon { stroke: var(--line); fill: var(--line) }
  .node path, .node polygon { stroke-width: 1.3 }
${['function', 'topic', 'queue', 'store', 'workflow', 'outside']
  .map((kind) => `  .${kind} path, .${kind} polygon { fill: var(--${kind}); stroke: var(--${kind}-edge) }`)
  .join('\n')}
`;

/** Draws a graph in Graphviz's language as SVG, as wide as its page. The same source gives the same SVG. */
export async function drawPicture(source: string): Promise<string> {
  const svg = (await instance()).renderString(source, { format: 'svg', engine: 'dot' });
  return svg
    .slice(svg.indexOf('<svg'))
    .replace(/<svg width="(\d+)pt" height="(\d+)pt"/, '<svg role="img" width="$1" height="$2"')
    .replace(/>/, `>\n<title>${title}</title>\n<style>${style}</style>`)
    .replaceAll(/ xml:space="preserve"| xmlns:xlink="[^"]*"/g, '')
    .replaceAll(/<!--.*?-->\n/gs, '');
}
