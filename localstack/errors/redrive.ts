import { BadRecord } from '../../lambdas/shared/failures/failures.ts';
import { formatOrigin } from '../../lambdas/shared/kafka/kafka-event.ts';
import { type KafkaProducer, partitionOf } from '../../lambdas/shared/kafka/kafka-producer.ts';
import type { Limits } from '../../lambdas/shared/wire/limits.ts';
import { jsonObject } from './correct.ts';
import type { ErrorRow } from './errors-table.ts';
import { type AskedFiles, isOfFile } from './redrive-files.ts';
import { redrivenMessage } from './redriven-message.ts';
import type { Selection } from './selection.ts';

export interface Ports {
  readonly limits: Limits;
  readonly next: (selection: Selection, afterId: number, limit: number) => Promise<ErrorRow[]>;
  readonly startRedriving: (ids: readonly number[]) => Promise<ErrorRow[]>;
  readonly send: KafkaProducer['send'];
  /** Asks ingest to read refused files again. */
  readonly redriveFiles: (errors: readonly ErrorRow[]) => Promise<AskedFiles>;
  readonly markRedriven: (ids: readonly number[]) => Promise<void>;
  /** Makes errors NEW that cannot be redriven. */
  readonly reopen: (ids: readonly number[]) => Promise<void>;
  readonly showProgress?: (done: number) => void;
}

export interface Redriven {
  readonly redriven: number;
  /** The files that ingest was asked to read again. */
  readonly files: readonly string[];
  /** Errors that were not sent because their rows are invalid. */
  readonly invalid: readonly { readonly id: number; readonly reason: string }[];
}

const rowsAtOnce = 500;

/**
 * Sends the record of each selected open error to its topic. A crash between sending and marking leaves the
 * error open, and the record is sent again. Both copies have the same origin, the id of the error, so
 * consumers apply the record once.
 */
export async function redrive(
  selection: Selection,
  { limits, next, startRedriving, send, redriveFiles, markRedriven, reopen, showProgress }: Ports,
): Promise<Redriven> {
  const invalid: { id: number; reason: string }[] = [];
  const files = new Set<string>();
  let redriven = 0;
  let afterId = 0;
  while (true) {
    const rows = await next(selection, afterId, rowsAtOnce);
    const last = rows.at(-1);
    if (!last) return { redriven, files: [...files], invalid };
    afterId = last.id;

    const [ofFiles, records] = [rows.filter(isOfFile), rows.filter((row) => !isOfFile(row))];
    const valid = records.filter((row) => {
      const reason = reasonInvalid(row, limits);
      if (reason !== undefined) invalid.push({ id: row.id, reason });
      return reason === undefined;
    });
    const started = await startRedriving(valid.map(({ id }) => id));
    await sendAll(started, limits, send);
    await markRedriven(started.map(({ id }) => id));
    redriven += started.length;
    if (ofFiles.length > 0) {
      const opened = await startRedriving(ofFiles.map(({ id }) => id));
      const outcome = await redriveFiles(opened);
      await markRedriven(outcome.settled);
      await reopen(outcome.invalid.map(({ id }) => id));
      for (const file of outcome.asked) files.add(file);
      invalid.push(...outcome.invalid);
      redriven += outcome.settled.length;
    }
    showProgress?.(redriven + invalid.length);
  }
}

function reasonInvalid(row: ErrorRow, limits: Limits): string | undefined {
  try {
    redrivenMessage(row, limits);
    return undefined;
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    // A row of a file fails here only because it is not JSON. Its stored reason says more.
    return jsonObject(row.corrected ?? row.rawRow ?? '') ? error.message : row.reason;
  }
}

async function sendAll(
  rows: readonly ErrorRow[],
  limits: Limits,
  send: KafkaProducer['send'],
): Promise<void> {
  const items = rows.map((row) => {
    const { topic, key, value } = redrivenMessage(row, limits);
    const headers = {
      origin: formatOrigin({ topic: 'error_weather_data', partition: 0, offset: row.id }),
      // Only the consumer that failed gets the record again.
      ...(row.failedIn === null ? {} : { 'retry-for': row.failedIn }),
    };
    return { topic, partition: partitionOf(key, topic), message: { key, value, headers } };
  });
  for (const [topic, ofTopic] of Map.groupBy(items, (item) => item.topic.name)) {
    for (const [partition, each] of Map.groupBy(ofTopic, (item) => item.partition)) {
      await send({ topic, partition, messages: each.map(({ message }) => message) });
    }
  }
}
