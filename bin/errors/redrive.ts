import { BadRecord } from '../../lambdas/shared/failures/failures.ts';
import { formatOrigin } from '../../lambdas/shared/kafka/kafka-event.ts';
import { type KafkaProducer, partitionOf } from '../../lambdas/shared/kafka/kafka-producer.ts';
import type { ErrorRow } from './errors-table.ts';
import type { Selection } from './options.ts';
import { redrivenMessage } from './redriven-message.ts';

export interface Ports {
  readonly next: (selection: Selection, afterId: number, limit: number) => Promise<ErrorRow[]>;
  readonly startRedriving: (ids: readonly number[]) => Promise<ErrorRow[]>;
  readonly send: KafkaProducer['send'];
  readonly markRedriven: (ids: readonly number[]) => Promise<void>;
}

export interface Redriven {
  readonly redriven: number;
  /** Those that cannot be sent as they are, and why. */
  readonly unfit: readonly { readonly id: number; readonly reason: string }[];
}

const rowsAtOnce = 500;

/**
 * Sends each selected error that is still open to the topic it is of. A crash between the send and the mark leaves it open, so
 * that it is sent again; its origin, the row of this table, makes both copies count once.
 */
export async function redrive(
  selection: Selection,
  { next, startRedriving, send, markRedriven }: Ports,
): Promise<Redriven> {
  const unfit: { id: number; reason: string }[] = [];
  let redriven = 0;
  let afterId = 0;
  while (true) {
    const rows = await next(selection, afterId, rowsAtOnce);
    const last = rows.at(-1);
    if (!last) return { redriven, unfit };
    afterId = last.id;

    const fit = rows.filter((row) => {
      const reason = unfitness(row);
      if (reason !== undefined) unfit.push({ id: row.id, reason });
      return reason === undefined;
    });
    const started = await startRedriving(fit.map(({ id }) => id));
    await sendAll(started, send);
    await markRedriven(started.map(({ id }) => id));
    redriven += started.length;
  }
}

function unfitness(row: ErrorRow): string | undefined {
  try {
    redrivenMessage(row);
    return undefined;
  } catch (error) {
    if (!(error instanceof BadRecord)) throw error;
    return error.message;
  }
}

async function sendAll(rows: readonly ErrorRow[], send: KafkaProducer['send']): Promise<void> {
  const items = rows.map((row) => {
    const { topic, key, value } = redrivenMessage(row);
    const headers = {
      origin: formatOrigin({ topic: 'error_weather_data', partition: 0, offset: row.id }),
      // What other consumers have processed must not reach them again.
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
