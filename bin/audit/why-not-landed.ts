import { BadRecord } from '../../lambdas/shared/failures/failures.ts';
import { formatOrigin, type KafkaRecord } from '../../lambdas/shared/kafka/kafka-event.ts';
import { plausible } from '../../lambdas/shared/wire/limits.ts';
import { readObservation } from '../../lambdas/weather/land-observations/land-observations.ts';

/** The reason why a record is not in the lake. `lost`: it should be there. */
export type Reason = 'rejected' | 'for another consumer' | 'repeated row' | 'repeated retry' | 'lost';

export interface Known {
  readonly hasLanded: (source: string, row: number) => boolean;
  /** The origins that landing has applied. */
  readonly applied: ReadonlySet<string>;
}

export function whyNotLanded(consumer: string, record: KafkaRecord, { hasLanded, applied }: Known): Reason {
  const { retryFor, origin, source, row } = record.headers;
  if (retryFor !== undefined && retryFor !== consumer) return 'for another consumer';
  if (!isValid(record)) return 'rejected';
  if (origin) return applied.has(formatOrigin(origin)) ? 'repeated retry' : 'lost';
  if (source !== undefined && row !== undefined && hasLanded(source, row)) return 'repeated row';
  return 'lost';
}

function isValid(record: KafkaRecord): boolean {
  try {
    readObservation(record, plausible);
    return true;
  } catch (error) {
    if (error instanceof BadRecord) return false;
    throw error;
  }
}
