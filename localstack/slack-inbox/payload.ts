import { type Block, InvalidBlocks, isObject, type Json, parseBlocks } from './block-kit.ts';

export interface Attachment {
  readonly color: string | undefined;
  readonly pretext: string | undefined;
  readonly title: string | undefined;
  readonly titleLink: string | undefined;
  readonly text: string | undefined;
  readonly fields: readonly { readonly title: string; readonly value: string; readonly short: boolean }[];
  readonly footer: string | undefined;
  readonly blocks: readonly Block[];
}

/** A parsed webhook payload. */
export interface Post {
  readonly username: string | undefined;
  readonly text: string | undefined;
  readonly blocks: readonly Block[];
  readonly attachments: readonly Attachment[];
}

/** The error texts of Slack for a refused payload, sent as the body of a 400. */
export type Refusal =
  | 'invalid_payload'
  | 'no_text'
  | 'invalid_blocks'
  | 'invalid_attachments'
  | 'too_many_attachments';

export class RefusedPayload extends Error {
  override name = 'RefusedPayload';
  readonly refusal: Refusal;

  constructor(refusal: Refusal, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.refusal = refusal;
  }
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

const parseFields = (value: unknown): Attachment['fields'] =>
  Array.isArray(value)
    ? value.filter(isObject).map((field) => ({
        title: text(field.title) ?? '',
        value: text(field.value) ?? '',
        short: field.short === true,
      }))
    : [];

const parseAttachment = (value: unknown, index: number): Attachment => {
  if (!isObject(value))
    throw new RefusedPayload('invalid_attachments', `attachments[${index}] must be an object`);
  return {
    color: text(value.color),
    pretext: text(value.pretext),
    title: text(value.title),
    titleLink: text(value.title_link),
    text: text(value.text) ?? text(value.fallback),
    fields: parseFields(value.fields),
    footer: text(value.footer),
    blocks: parseBlocks(value.blocks),
  };
};

const parseAttachments = (value: unknown): readonly Attachment[] => {
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new RefusedPayload('invalid_attachments', 'attachments must be a list');
  if (value.length > 100) throw new RefusedPayload('too_many_attachments', 'attachments must be at most 100');
  return value.map(parseAttachment);
};

/** Parses a payload. @throws RefusedPayload with Slack's error text */
export const parsePost = (payload: Json): Post => {
  try {
    const post = {
      username: text(payload.username),
      text: text(payload.text),
      blocks: parseBlocks(payload.blocks),
      attachments: parseAttachments(payload.attachments),
    };
    if (!post.text && post.blocks.length === 0 && post.attachments.length === 0) {
      throw new RefusedPayload('no_text', 'text, blocks or attachments must be given');
    }
    return post;
  } catch (error) {
    if (!(error instanceof InvalidBlocks)) throw error;
    throw new RefusedPayload('invalid_blocks', error.message, { cause: error });
  }
};

/** Reads a request body. Like Slack, it accepts JSON, or a form with JSON in its field `payload`. */
export const readPayload = (contentType: string, body: string): Json => {
  const isForm = contentType.includes('application/x-www-form-urlencoded');
  const json = (isForm ? new URLSearchParams(body).get('payload') : undefined) ?? body;
  try {
    const payload: unknown = JSON.parse(json);
    if (isObject(payload)) return payload;
  } catch (cause) {
    throw new RefusedPayload('invalid_payload', 'the body is not JSON', { cause });
  }
  throw new RefusedPayload('invalid_payload', 'the body is not a JSON object');
};
