import { BadRecord } from '../../shared/failures/failures.ts';
import { type CsvRecord, tokenizeCsv } from '../../shared/incoming/csv.ts';
import { assertReadable } from '../../shared/incoming/file-format.ts';
import type { IncomingFile } from '../../shared/incoming/incoming-files.ts';
import type { Counts } from '../../shared/incoming/ingested-files-table.ts';
import { partitionOf } from '../../shared/kafka/kafka-producer.ts';
import type { OrderedSend } from '../../shared/kafka/ordered-send.ts';
import { topics } from '../../shared/kafka/topics.ts';
import { encodeErrorRecord, shortenRawRow } from '../../shared/wire/error-record.ts';
import { encodeObservation } from '../../shared/wire/observation.ts';
import { observationTable } from './observation-table.ts';

export interface Ports {
  readonly isIngested: (source: string) => Promise<boolean>;
  readonly markIngested: (source: string, counts: Counts) => Promise<void>;
  readonly startSending: () => OrderedSend;
  readonly now: () => number;
}

/**
 * Sends each valid row of a file to `weather-data`, and each invalid row with its error to `error-data`.
 * Marks the file as ingested when all rows are acknowledged. Returns undefined for a file that is already
 * marked.
 */
export async function ingestObservations(file: IncomingFile, ports: Ports): Promise<Counts | undefined> {
  if (await ports.isIngested(file.source)) return undefined;
  const counts = await sendRows(file, ports);
  await ports.markIngested(file.source, counts);
  return counts;
}

async function sendRows(file: IncomingFile, ports: Ports): Promise<Counts> {
  const sender = rowSender(file, ports);
  const sendAll = async (records: Iterable<CsvRecord>) => {
    for (const record of records) {
      const acknowledged = sender.send(record);
      // Most rows are only queued. Awaiting each of them would cost more than reading it.
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
    await sender.sendFileError(error);
  }
  return sender.finish();
}

/** Sends the rows of one file, and counts them. */
function rowSender(file: IncomingFile, { startSending, now }: Ports) {
  const sending = startSending();
  const table = observationTable();
  const partitionOfLocation = cachedPartitions();
  let rowsValid = 0;
  let rowsInvalid = 0;

  const sendError = (line: number, { errorType }: BadRecord, errorReason: string, record?: CsvRecord) => {
    rowsInvalid++;
    return sending.add(topics.errorData.name, 0, {
      key: null,
      value: encodeErrorRecord({
        errorType,
        errorReason,
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
  };

  return {
    /** Queues the row. Returns a promise to await when the reader must slow down. */
    send(record: CsvRecord): Promise<void> | undefined {
      try {
        const observation = table.read(record);
        if (!observation) return undefined;
        rowsValid++;
        return sending.add(topics.weatherData.name, partitionOfLocation(observation.location), {
          key: observation.location,
          value: encodeObservation(observation),
          headers: { source: file.source, row: String(record.line) },
        });
      } catch (error) {
        if (!(error instanceof BadRecord)) throw error;
        return sendError(record.line, error, `line ${record.line}: ${error.message}`, record);
      }
    },

    /** Sends one error for a file whose remaining rows cannot be read. */
    sendFileError: (error: BadRecord) => sendError(1, error, error.message),

    /** Returns when every row is acknowledged. */
    async finish(): Promise<Counts> {
      await sending.finish();
      return { rowsRead: rowsValid + rowsInvalid, rowsValid, rowsInvalid };
    },
  };
}

/** Partitions by location, cached: a file has many rows and few locations. */
function cachedPartitions(): (location: string) => number {
  const partitions = new Map<string, number>();
  return (location) => {
    const known = partitions.get(location);
    if (known !== undefined) return known;
    const partition = partitionOf(location, topics.weatherData);
    if (partitions.size < 10_000) partitions.set(location, partition);
    return partition;
  };
}
