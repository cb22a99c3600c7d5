import { createHash } from 'node:crypto';
import type { Apply } from '../../lambdas/shared/exactly-once/apply.ts';
import { BadRecord, Transient } from '../../lambdas/shared/failures/failures.ts';
import { formatOrigin, type KafkaRecord } from '../../lambdas/shared/kafka/kafka-event.ts';
import { plausible } from '../../lambdas/shared/wire/limits.ts';
import { observationFromWire } from '../../lambdas/shared/wire/observation.ts';

/** How many attempts of a failing record fail. A quarter of the failing records never succeeds. */
const failureCounts = [1, 2, 3, Number.POSITIVE_INFINITY];

/**
 * How many attempts of the record with this origin fail, when `rate` (0 to 1) of all records fail.
 * The answer depends on the origin alone, so a test can predict which records are retried, and how often.
 */
export function failuresAt(origin: string, rate: number): number {
  const hash = createHash('sha256').update(origin).digest();
  if (hash.readUInt32BE(0) / 2 ** 32 >= rate) return 0;
  return failureCounts[hash.readUInt8(4) % failureCounts.length] ?? 0;
}

/** Wraps `apply`: the chosen share of valid records is deferred, as after a temporary failure. */
export function failRecords<Effect>(rate: number, apply: Apply<Effect>): Apply<Effect> {
  return (partitions, query, defer) => {
    const succeeds = (record: KafkaRecord) => {
      const { topic, partition, offset, headers } = record;
      const { origin, attempt = 0 } = headers;
      const first = attempt > 0 && origin ? origin : { topic, partition, offset };
      if (attempt >= failuresAt(formatOrigin(first), rate) || !isValid(record)) return true;
      defer(record, new Transient(`made to fail, since the chaos rate is ${rate}`));
      return false;
    };
    const succeeding = partitions.map((each) => ({ ...each, records: each.records.filter(succeeds) }));
    return apply(succeeding, query, defer);
  };
}

function isValid({ value, timestampMs }: KafkaRecord): boolean {
  try {
    observationFromWire(value, { limits: plausible, receivedAtMs: timestampMs });
    return true;
  } catch (error) {
    if (error instanceof BadRecord) return false;
    throw error;
  }
}
