/** The selected errors. An absent field does not restrict the selection. */
export interface Selection {
  readonly ids?: readonly number[];
  readonly type?: string;
  /** Part of the file's name. */
  readonly file?: string;
  /** A field that is wrong. */
  readonly field?: string;
  readonly since?: Date;
  readonly until?: Date;
}

/** New values for fields, by their names on the wire. */
export type Fields = Readonly<Record<string, string>>;

/** A new row, or new values for some of its fields. */
export type Correction = { readonly row: string } | { readonly fields: Fields };

/** New values for the rows whose fields have these values now. An empty value stands for an empty field. */
export interface BulkCorrection {
  readonly where: Fields;
  readonly set: Fields;
  readonly dryRun: boolean;
}
