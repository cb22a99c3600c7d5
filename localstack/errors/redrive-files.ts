import type { ErrorRow } from './errors-table.ts';

/** The version of a file that an error refused, as `ingested_files` has it. */
export interface RefusedFile {
  readonly source: string;
  readonly key: string;
  readonly eTag: string;
}

export interface FilePorts {
  /** The version of a file, or of the archive that it is in, that was read last. */
  readonly findFile: (key: string) => Promise<RefusedFile | undefined>;
  /** The ETag of the file as it is in the lake; nothing if it was deleted. */
  readonly eTagInLake: (key: string) => Promise<string | undefined>;
  /**
   * Lets ingest read a refused version again. Returns whether it is to be asked: not when it has done so for
   * this error, nor when nothing of the file is refused any more.
   */
  readonly reopen: (source: string, errorId: number) => Promise<boolean>;
  /** Sends the notice that S3 sends of a new file. */
  readonly askIngest: (file: RefusedFile) => Promise<void>;
}

export interface AskedFiles {
  /** Their errors are settled: what is still wrong comes back as a new error. */
  readonly settled: readonly number[];
  /** The files that ingest was asked to read. */
  readonly asked: readonly string[];
  readonly invalid: readonly { readonly id: number; readonly reason: string }[];
}

const typesOfFiles = new Set(['UNREADABLE_FILE', 'FORMAT_MISMATCH']);

/** Whether an error is of a whole file, which ingest can read again. */
export const isOfFile = ({ type, fileName, rawRow, corrected, topic }: ErrorRow): boolean =>
  typesOfFiles.has(type) && fileName !== null && rawRow === null && corrected === null && topic === null;

/**
 * Asks ingest to read refused files again, each once, whatever the number of its errors. A crash on the way
 * repeats it: ingest skips a notice of a version that it has read, and the ledger rows that it has seen.
 */
export async function redriveFiles(errors: readonly ErrorRow[], ports: FilePorts): Promise<AskedFiles> {
  const settled: number[] = [];
  const invalid: { id: number; reason: string }[] = [];
  const asked = new Map<string, string>();
  for (const { id, fileName } of errors) {
    const file = await ports.findFile(fileName ?? '');
    const reason = await whyNot(file, fileName ?? '', ports);
    if (file === undefined || reason !== undefined) {
      invalid.push({ id, reason: reason ?? '' });
      continue;
    }
    if (!asked.has(file.source) && (await ports.reopen(file.source, id))) {
      await ports.askIngest(file);
      asked.set(file.source, file.key);
    }
    settled.push(id);
  }
  return { settled, invalid, asked: [...asked.values()] };
}

async function whyNot(
  file: RefusedFile | undefined,
  fileName: string,
  { eTagInLake }: FilePorts,
): Promise<string | undefined> {
  if (file === undefined) return `${fileName} is not known as an ingested file: drop it again`;
  const eTag = await eTagInLake(file.key);
  if (eTag === undefined) return `${file.key} was deleted: drop it again, and ignore this error`;
  if (eTag !== file.eTag)
    return `${file.key} was dropped again since, and the new version counts: ignore this error`;
  return undefined;
}
