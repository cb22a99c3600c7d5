import { BadRecord } from '../../shared/failures/failures.ts';
import { type CsvRecord, tokenizeCsv } from '../../shared/incoming/csv.ts';
import { assertReadable } from '../../shared/incoming/file-format.ts';
import type { IncomingFile } from '../../shared/incoming/incoming-files.ts';
import type { Counts } from '../../shared/incoming/ingested-files-table.ts';
import { partitionOf } from '../../shared/kafka/kafka-producer.ts';
import type { OrderedSend } from '../../shared/kafka/ordered-send.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { type ErrorType, encodeErrorRecord, shortenRawRow } from '../../shared/wire/error-record.ts';
import { encodeObservation } from '../../shared/wire/observation.ts';
import { observationTable } from './observation-table.ts';

export interface Ports {
  readonly isIngested: (source: string) => Promise<boolean>;
  readonly markIngested: (source: string, counts: Counts) => Promise<void>;
  readonly startSending: () => OrderedSend;
  readonly now: () => number;
}

/**
 * Sends each row of a file to `weather-data` or, with what is wrong with it, to `error-data`, and marks the file as done
 * when all are acknowledged. Returns undefined for a file that was done before.
 */
export async function ingestObservations(file: IncomingFile, ports: Ports): Promise<Counts | undefined> {
  if (await ports.isIngested(file.source)) return undefined;
  const counts = await sendRows(file, ports);
  await ports.markIngested(file.source, counts);
  return counts;
}

async function sendRows(file: IncomingFile, { startSending, now }: Ports): Promise<Counts> {
  const sending = startSending();
  const table = observationTable();
  const sendError = (line: number, type: ErrorType, reason: string, record?: CsvRecord) =>
    sending.add(topics.errorData.name, 0, {
      key: null,
      value: encodeErrorRecord({
        errorType: type,
        errorReason: reason,
        rawRow: record ? shortenRawRow(record.raw, record.rawBytes) : null,
        timestampMs: now(),
        fileName: file.key,
        retryCount: 0,
      }),
      headers: {
        source: file.source,
        row: String(line),
        ...(table.columns === undefined ? {} : { columns: table.columns }),
      },
    });

  const toPartition = rememberPartitions();
  let rowsValid = 0;
  let rowsInvalid = 0;

  const sendRecord = (record: CsvRecord): Promise<void> | undefined => {
    try {
      const observation = table.read(record);
      if (!observation) return undefined;
      rowsValid++;
      return sending.add(topics.weatherData.name, toPartition(observation.location), {
        key: observation.location,
        value: encodeObservation(observation),
        headers: { source: file.source, row: String(record.line) },
      });
    } catch (error) {
      if (!(error instanceof BadRecord)) throw error;
      rowsInvalid++;
      return sendError(record.line, error.errorType, `line ${record.line}: ${error.message}`, record);
    }
  };

  const sendAll = async (records: Iterable<CsvRecord>) => {
    for (const record of records) {
      const acknowledged = sendRecord(record);
      // Awaiting every row would cost more than reading it.
      if (acknowledged) await acknowledged;
    }
  };

  const tokenizer = tokenizeCsv();
  let isFirst = true;
  try {
    for await (const chunk of file.open()) {
      if (isFirst) assertReadable(chunk);
      isFirst = false;
      await sendAll(tokenizer.push(chunk));
    }
    await sendAll(tokenizer.end());
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    rowsInvalid++;
    await sendError(1, error.errorType, error.message);
  }
  await sending.finish();
  return { rowsRead: rowsValid + rowsInvalid, rowsValid, rowsInvalid };
}

/** A file has few locations and many rows. */
function rememberPartitions(): (location: string) => number {
  const partitions = new Map<string, number>();
  return (location) => {
    const known = partitions.get(location);
    if (known !== undefined) return known;
    const partition = partitionOf(location, topics.weatherData);
    if (partitions.size < 10_000) partitions.set(location, partition);
    return partition;
  };
}
