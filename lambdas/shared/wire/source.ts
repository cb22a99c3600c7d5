/** The object key in a `source` header, which is `<key>@<ETag>`. Null without the header. */
export const fileOfSource = (source: string | undefined): string | null =>
  source === undefined ? null : source.slice(0, source.lastIndexOf('@'));
