/** A text object. @see https://docs.slack.dev/reference/block-kit/composition-objects/text-object */
export interface Text {
  readonly style: 'mrkdwn' | 'plain_text';
  readonly text: string;
}

export interface Button {
  readonly label: string;
  readonly url: string | undefined;
}

/** The blocks that this inbox draws. For any other block it shows only the name. */
export type Block =
  | { readonly type: 'section'; readonly text: Text | undefined; readonly fields: readonly Text[] }
  | { readonly type: 'header'; readonly text: Text }
  | { readonly type: 'context'; readonly elements: readonly Text[] }
  | { readonly type: 'divider' }
  | { readonly type: 'image'; readonly altText: string; readonly url: string }
  | { readonly type: 'actions'; readonly buttons: readonly Button[] }
  | { readonly type: 'other'; readonly name: string };

/** The blocks are invalid, so Slack would refuse them. */
export class InvalidBlocks extends Error {
  override name = 'InvalidBlocks';
}

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const objectAt = (value: unknown, where: string): Json => {
  if (isObject(value)) return value;
  throw new InvalidBlocks(`${where} must be an object`);
};

const listAt = (value: unknown, where: string, max: number): readonly unknown[] => {
  if (!Array.isArray(value)) throw new InvalidBlocks(`${where} must be a list`);
  if (value.length === 0 || value.length > max)
    throw new InvalidBlocks(`${where} must have 1 to ${max} items`);
  return value;
};

const stringAt = (value: unknown, where: string, max: number): string => {
  if (typeof value !== 'string') throw new InvalidBlocks(`${where} must be a string`);
  if (value === '' || value.length > max)
    throw new InvalidBlocks(`${where} must have 1 to ${max} characters`);
  return value;
};

const parseText = (value: unknown, where: string, max: number): Text => {
  const { type, text } = objectAt(value, where);
  if (type !== 'mrkdwn' && type !== 'plain_text')
    throw new InvalidBlocks(`${where}.type must be a text type`);
  return { style: type, text: stringAt(text, `${where}.text`, max) };
};

const parseHeading = (value: unknown, where: string): Text => {
  const text = parseText(value, where, 150);
  if (text.style !== 'plain_text') throw new InvalidBlocks(`${where}.type must be plain_text`);
  return text;
};

const parseSection = ({ text, fields }: Json, where: string): Block => {
  if (text === undefined && fields === undefined) throw new InvalidBlocks(`${where} needs text or fields`);
  return {
    type: 'section',
    text: text === undefined ? undefined : parseText(text, `${where}.text`, 3000),
    fields:
      fields === undefined
        ? []
        : listAt(fields, `${where}.fields`, 10).map((field, i) =>
            parseText(field, `${where}.fields[${i}]`, 2000),
          ),
  };
};

const parseContextElement = (value: unknown, where: string): Text => {
  const element = objectAt(value, where);
  return element.type === 'image'
    ? { style: 'plain_text', text: stringAt(element.alt_text, `${where}.alt_text`, 2000) }
    : parseText(element, where, 3000);
};

const parseAction = (value: unknown, where: string): Button => {
  const { type, text, url } = objectAt(value, where);
  return {
    label: text === undefined ? `[${String(type)}]` : parseText(text, `${where}.text`, 75).text,
    url: url === undefined ? undefined : stringAt(url, `${where}.url`, 3000),
  };
};

/** With Slack's own limits. @see https://docs.slack.dev/reference/block-kit/blocks */
const parseBlock = (value: unknown, where: string): Block => {
  const block = objectAt(value, where);
  switch (block.type) {
    case 'section':
      return parseSection(block, where);
    case 'header':
      return { type: 'header', text: parseHeading(block.text, `${where}.text`) };
    case 'context': {
      const elements = listAt(block.elements, `${where}.elements`, 10);
      return {
        type: 'context',
        elements: elements.map((element, i) => parseContextElement(element, `${where}.elements[${i}]`)),
      };
    }
    case 'divider':
      return { type: 'divider' };
    case 'image':
      return {
        type: 'image',
        altText: stringAt(block.alt_text, `${where}.alt_text`, 2000),
        url: stringAt(block.image_url, `${where}.image_url`, 3000),
      };
    case 'actions': {
      const elements = listAt(block.elements, `${where}.elements`, 25);
      return {
        type: 'actions',
        buttons: elements.map((element, i) => parseAction(element, `${where}.elements[${i}]`)),
      };
    }
    default:
      return { type: 'other', name: stringAt(block.type, `${where}.type`, 100) };
  }
};

/** Parses the `blocks` of a message. @throws InvalidBlocks with the path of the first error */
export const parseBlocks = (value: unknown): readonly Block[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new InvalidBlocks('blocks must be a list');
  if (value.length > 50) throw new InvalidBlocks('blocks must have at most 50 items');
  return value.map((block, i) => parseBlock(block, `blocks[${i}]`));
};
