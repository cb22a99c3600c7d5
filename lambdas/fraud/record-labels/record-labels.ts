import { BadRecord } from '../../shared/failures/failures.ts';
import { assertReadable } from '../../shared/incoming/file-format.ts';
import type { FileVersion, IncomingFile, ReadVersion } from '../../shared/incoming/incoming-files.ts';
import type { Counts } from '../../shared/incoming/ingested-files-table.ts';
import type { OrderedSend } from '../../shared/kafka/ordered-send.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { encodeErrorRecord, shortenRawRow } from '../../shared/wire/error-record.ts';
import type { Label } from './label.ts';
import { type LabelRow, labelRows } from './label-rows.ts';

export interface Ports {
  /** Returns nothing if the file was recorded before. */
  readonly startIngest: (file: ReadVersion) => Promise<number | boolean>;
  readonly markIngested: (file: FileVersion, counts: Counts) => Promise<void>;
  /**
   * Stores the first label of each transaction, and returns the stored label for each one given, in their
   * order.
   */
  readonly keepFirst: (labels: readonly DatedLabel[], source: string) => Promise<KeptLabel[]>;
  readonly startSending: () => OrderedSend;
  readonly now: () => number;
}

export type DatedLabel = Label & { readonly labelledAtMs: number };

export interface KeptLabel {
  readonly isFraud: boolean;
  /** The name of the file that the label came from. */
  readonly fileName: string;
  /** Whether the transaction has been scored. */
  readonly isScored: boolean;
}

const rowsAtOnce = 1_000;

/**
 * Stores the labels of a file and marks the file as ingested; returns undefined if it already was. A row goes
 * to `error-data` if it is no label, contradicts the stored label, or is of a transaction that was never
 * scored. Reading a file again stores nothing new, and gives the same errors in the same order.
 */
export async function recordLabels(file: IncomingFile, ports: Ports): Promise<Counts | undefined> {
  if (!(await ports.startIngest(file))) return undefined;
  const sending = ports.startSending();
  const counts = { rowsRead: 0, rowsValid: 0, rowsInvalid: 0 };

  const sendError = async (row: number, reason: string, error: BadRecord, raw: string | null) => {
    counts.rowsInvalid++;
    await sending.add(topics.errorData.name, 0, {
      key: null,
      value: encodeErrorRecord({
        errorType: error.errorType,
        errorReason: reason,
        rawRow: raw,
        timestampMs: ports.now(),
        fileName: file.key,
        retryCount: 0,
      }),
      headers: { source: file.source, row: String(row) },
    });
  };

  try {
    for await (const rows of batches(file.open())) {
      counts.rowsRead += rows.length;
      for (const { row, error } of await storeLabels(rows, file.source, ports)) {
        const raw = shortenRawRow(row.raw, row.rawBytes);
        await sendError(row.row, `${row.where}: ${error.message}`, error, raw);
      }
    }
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    counts.rowsRead++;
    await sendError(1, error.message, error, null);
  }
  await sending.finish();
  counts.rowsValid = counts.rowsRead - counts.rowsInvalid;
  await ports.markIngested(file, counts);
  return counts;
}

/** @throws BadRecord for a file that cannot be read */
async function* batches(content: AsyncIterable<Buffer>): AsyncGenerator<LabelRow[]> {
  let format: ReturnType<typeof labelRows> | undefined;
  let batch: LabelRow[] = [];
  for await (const chunk of content) {
    if (!format) {
      assertReadable(chunk);
      format = labelRows(chunk);
    }
    for (const row of format.push(chunk)) {
      batch.push(row);
      if (batch.length < rowsAtOnce) continue;
      yield batch;
      batch = [];
    }
  }
  yield [...batch, ...(format?.end() ?? [])];
}

interface Rejected {
  readonly row: LabelRow;
  readonly error: BadRecord;
}

/** Stores the labels of rows, and returns the rows with an error, in their order. */
async function storeLabels(
  rows: readonly LabelRow[],
  source: string,
  { keepFirst, now }: Ports,
): Promise<Rejected[]> {
  const labels = rows.flatMap(({ read }) =>
    read instanceof BadRecord ? [] : [{ ...read, labelledAtMs: read.labelledAtMs ?? now() }],
  );
  const kept = (labels.length > 0 ? await keepFirst(labels, source) : []).values();
  return rows.flatMap((row) => {
    const error = row.read instanceof BadRecord ? row.read : errorOf(row.read, kept.next().value);
    return error ? [{ row, error }] : [];
  });
}

function errorOf({ transactionId, isFraud }: Label, kept: KeptLabel | undefined): BadRecord | undefined {
  if (!kept) throw new Error(`Storing the label of ${transactionId} failed: no label came back`);
  const { isFraud: keptIsFraud, fileName, isScored } = kept;
  if (keptIsFraud !== isFraud) {
    const found = `${transactionId}: found ${wordOf(isFraud)}, but ${fileName} labelled it ${wordOf(keptIsFraud)}`;
    return new BadRecord('CONTRADICTORY_LABEL', `${found}; the first label stays`);
  }
  if (!isScored)
    return new BadRecord(
      'UNKNOWN_TRANSACTION',
      `${transactionId}: no such transaction has been scored; the label is kept, and counts once it is`,
    );
  return undefined;
}

const wordOf = (isFraud: boolean) => (isFraud ? 'fraud' : 'legitimate');
