import { backoffMs, pause } from './backoff.ts';
import { countRecords, firstPosition, type Place, type Slice } from './batch.ts';
import type { SendToDestination } from './destination.ts';
import type { Condition } from './failure-record.ts';
import type { Log } from './log.ts';
import type { Mapping } from './mappings.ts';
import type { MappingMetrics } from './metrics.ts';
import type { Invocation } from './outcome.ts';

/** Records that will not be delivered, why, and the last answer of the function to them. */
export type ToDiscard = {
  slices: Slice[];
  condition: Condition;
  invokes: number;
  invocation: Invocation | undefined;
};

/**
 * Discards records: sends them to the on-failure destination, or drops them when there is none. A destination that fails
 * blocks the partition, so it is retried until it accepts them. Returns false if the signal aborts before that.
 */
export function createDiscard({
  mapping,
  sendToDestination,
  metrics,
  log,
}: {
  mapping: Mapping;
  sendToDestination: SendToDestination | undefined;
  metrics: MappingMetrics;
  log: Log;
}) {
  return async (
    toDiscard: ToDiscard,
    place: Place,
    { onBackoff, signal }: { onBackoff: () => void; signal: AbortSignal },
  ): Promise<boolean> => {
    const { slices, condition } = toDiscard;
    const records = countRecords(slices);
    log('warn', 'discarded', { ...firstPosition(place, slices), records, condition });
    if (!sendToDestination) {
      metrics.add('droppedRecords', records);
      return true;
    }
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await sendToDestination({ ...toDiscard, place });
        metrics.add('destinationRecords', records);
        return true;
      } catch (error) {
        metrics.add('destinationErrors');
        log('error', 'destination-failed', {
          ...firstPosition(place, slices),
          destination: mapping.onFailure,
          error: String(error),
        });
        onBackoff();
        await pause(backoffMs(failures), signal);
      }
    }
    return false;
  };
}
