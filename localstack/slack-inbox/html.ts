/** Trusted HTML. Only the `html` tag creates it, so the text of a message never becomes markup. */
export class Html {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }
}

export type Content = string | number | Html | false | undefined | readonly Content[];

const entities: Record<string, string> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (char) => entities[char] ?? char);

const source = (content: Content): string => {
  if (content === undefined || content === false) return '';
  if (content instanceof Html) return content.source;
  if (typeof content === 'object') return content.map(source).join('');
  return escapeHtml(String(content));
};

/**
 * A template that escapes every value except trusted HTML. Lists are joined; `undefined` and `false` are left
 * out.
 */
export const html = (strings: TemplateStringsArray, ...values: Content[]): Html =>
  new Html(String.raw({ raw: strings }, ...values.map(source)));
