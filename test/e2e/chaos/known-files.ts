import { faultAt } from '../../../localstack/generator/faults.ts';
import { observationsFiles } from '../../../localstack/generator/files.ts';
import { synthesisedRows } from '../../../localstack/generator/rows.ts';

/** A file of which is known what must become of each row. Lines are counted from 1, the header's. */
export interface KnownFile {
  readonly name: string;
  readonly content: Buffer;
  readonly validLines: readonly number[];
  readonly invalidLines: readonly number[];
}

export interface DroppedFile extends KnownFile {
  /** `<object key>@<ETag>` */
  readonly source: string;
}

const firstLine = 2;
const errorRate = 0.03;

/** A hot July, a reading of each city every few minutes: alerts, cooldowns and windows in every file. */
const schedule = { startMs: Date.parse('2024-07-15T09:00:00Z'), rowIntervalMs: 15_000 };

/** Files without end: a function of the seed alone. */
export async function* knownFiles({
  seed,
  rowsPerFile,
}: {
  seed: number;
  rowsPerFile: number;
}): AsyncGenerator<KnownFile> {
  const source = synthesisedRows({ seed, ...schedule });
  let from = 0;
  for await (const { name, content, next } of observationsFiles({ source, seed, rowsPerFile, errorRate })) {
    const lines = Array.from({ length: next.row - from }, (_, i) => firstLine + i);
    const isInvalid = (line: number) => faultAt(from + line - firstLine, { seed, errorRate }) !== undefined;
    yield {
      name,
      content,
      validLines: lines.filter((line) => !isInvalid(line)),
      invalidLines: lines.filter(isInvalid),
    };
    from = next.row;
  }
}
