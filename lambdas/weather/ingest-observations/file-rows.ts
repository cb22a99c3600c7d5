import { tokenizeCsv } from '../../shared/incoming/csv.ts';
import { tokenizeJsonArray, tokenizeJsonLines } from '../../shared/incoming/json-values.ts';
import type { OpenedText } from '../../shared/incoming/open-text.ts';
import type { Dialect } from './format-file.ts';
import type { Row } from './row-format.ts';
import { jsonRow } from './row-reader.ts';

/** The rows of a text, in blocks as they come. A block is read before the next is asked for. */
export async function* rowsOf(
  { layout, chunks }: Pick<OpenedText, 'layout' | 'chunks'>,
  dialect: Pick<Dialect, 'skipInitialSpace'> = {},
): AsyncGenerator<Iterable<Row>> {
  if (layout.kind === 'csv') {
    const tokenizer = tokenizeCsv(layout.delimiter, dialect);
    for await (const chunk of chunks) yield tokenizer.push(chunk);
    yield tokenizer.end();
    return;
  }
  const tokenizer = layout.kind === 'json-array' ? tokenizeJsonArray() : tokenizeJsonLines();
  for await (const chunk of chunks) yield Iterator.from(tokenizer.push(chunk)).map(jsonRow);
  yield Iterator.from(tokenizer.end()).map(jsonRow);
}

/** Enough rows to judge a file by, in memory that does not depend on how long they are. */
const sampleRows = 1_000;
const sampleChars = 4 * 1024 * 1024;

/** The first rows of a file, and after them all others. Nothing is lost, and nothing is read twice. */
export async function takeSample(blocks: AsyncGenerator<Iterable<Row>>) {
  const sample: Row[] = [];
  let chars = 0;
  let open: Iterator<Row> | undefined;
  fill: for (;;) {
    const { value, done } = await blocks.next();
    if (done) break;
    open = value[Symbol.iterator]();
    for (let next = open.next(); !next.done; next = open.next()) {
      sample.push(next.value);
      chars += next.value.raw.length;
      if (sample.length >= sampleRows || chars >= sampleChars) break fill;
    }
    open = undefined;
  }

  async function* rest(): AsyncGenerator<Iterable<Row>> {
    if (open) yield { [Symbol.iterator]: () => open as Iterator<Row> };
    yield* blocks;
  }
  return { sample, rest: rest() };
}
