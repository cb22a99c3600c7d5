import { createHash } from 'node:crypto';
import type { Apply } from '../../lambdas/shared/exactly-once/consume.ts';
import { BadRecord, Transient } from '../../lambdas/shared/failures/failures.ts';
import { formatOrigin, type KafkaRecord } from '../../lambdas/shared/kafka/kafka-event.ts';
import { observationFromWire } from '../../lambdas/shared/wire/observation.ts';

/** How often a record of these fails before it succeeds; some never do. */
const failures = [1, 2, 3, Number.POSITIVE_INFINITY];

/**
 * How often the record that first lay here fails, when this share of records, from 0 to 1, is to fail. It depends on the
 * origin alone, so that a test can say beforehand which records will be retried, and how often.
 */
export function failuresAt(origin: string, rate: number): number {
  const hash = createHash('sha256').update(origin).digest();
  if (hash.readUInt32BE(0) / 2 ** 32 >= rate) return 0;
  return failures[hash.readUInt8(4) % failures.length] ?? 0;
}

/** The same work, but a share of the valid records fails for a time: that is how the retry path can be seen and tested. */
export function failingAtTimes<Effect>(rate: number, apply: Apply<Effect>): Apply<Effect> {
  if (rate === 0) return apply;
  return (partitions, query, defer) => {
    const isWorking = (record: KafkaRecord) => {
      const { topic, partition, offset, headers } = record;
      const { origin, attempt = 0 } = headers;
      const first = attempt > 0 && origin ? origin : { topic, partition, offset };
      if (attempt >= failuresAt(formatOrigin(first), rate) || !isValid(record)) return true;
      defer(record, new Transient(`made to fail, since the chaos rate is ${rate}`));
      return false;
    };
    const working = partitions.map((each) => ({ ...each, records: each.records.filter(isWorking) }));
    return apply(working, query, defer);
  };
}

function isValid({ value }: KafkaRecord): boolean {
  try {
    observationFromWire(value);
    return true;
  } catch (error) {
    if (error instanceof BadRecord) return false;
    throw error;
  }
}
