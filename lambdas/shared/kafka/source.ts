import { createHash } from 'node:crypto';

/**
 * The id of one version of a file, as its records carry it in their header `source`: the first 72 bits of a
 * hash of key and ETag, in 12 characters. It depends on nothing else, so functions that ingest the same file
 * at once agree (docs/adr/0021-source-ids.md).
 */
export const sourceOf = (key: string, eTag: string): string => hash(longSource(key, eTag));

/** The form of `source` in older records. */
export const longSource = (key: string, eTag: string): string => `${key}@${eTag}`;

/** The id behind a header `source`, which in older records is `<key>@<ETag>`. An id has no `@`. */
export function sourceId(source: string): string {
  if (!source.includes('@')) return source;
  // Most records are of the same file as the one before.
  if (lastHashed?.source !== source) lastHashed = { source, id: hash(source) };
  return lastHashed.id;
}

let lastHashed: { readonly source: string; readonly id: string } | undefined;

const hash = (text: string) => createHash('sha256').update(text).digest('base64url').slice(0, 12);

/** The object key in a `source` of the older form. Undefined for an id: `ingested_files` has its key. */
export const keyInSource = (source: string): string | undefined =>
  source.includes('@') ? source.slice(0, source.lastIndexOf('@')) : undefined;
