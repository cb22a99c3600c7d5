import { faultAt } from '../../../localstack/generator/faults.ts';
import { observationsFiles } from '../../../localstack/generator/files.ts';
import { type RowSource, synthesisedRows } from '../../../localstack/generator/rows.ts';

/** A file with a known outcome for each row. Line 1 is the header. */
export interface KnownFile {
  readonly name: string;
  readonly content: Buffer;
  readonly validLines: readonly number[];
  readonly invalidLines: readonly number[];
}

export interface DroppedFile extends KnownFile {
  readonly key: string;
  /** The id of its version, in the headers of its records. */
  readonly source: string;
}

const firstLine = 2;
const errorRate = 0.03;

/** Each city has a reading every few minutes. */
const schedule = { startMs: Date.parse('2024-07-15T09:00:00Z'), rowIntervalMs: 15_000 };

/** The seed's own weather may trigger no alert, so hot rows are added. */
const hotRowEvery = 97;
const hotTemperatureC = '41.5';

const withHotRows = (source: RowSource): RowSource =>
  async function* (from) {
    let row = from;
    for await (const [location = '', time = '', temperature = '', ...others] of source(from))
      yield [location, time, row++ % hotRowEvery === 0 ? hotTemperatureC : temperature, ...others];
  };

/** Endless files. They depend on the seed only. */
export async function* knownFiles({
  seed,
  rowsPerFile,
}: {
  seed: number;
  rowsPerFile: number;
}): AsyncGenerator<KnownFile> {
  const source = withHotRows(synthesisedRows({ seed, ...schedule }));
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
