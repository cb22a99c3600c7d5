import { backoffMs, pause } from './backoff.ts';
import { countRecords, firstPosition } from './batch.ts';
import type { Discarded, SendToDestination } from './destination.ts';
import type { Log } from './log.ts';
import type { Mapping } from './mappings.ts';
import type { MappingMetrics } from './metrics.ts';

/**
 * Discards records: sends them to the on-failure destination, or drops them when there is none. A destination
 * that fails blocks the partition, so it is retried until it accepts them. Returns false if the signal aborts
 * before that.
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
    discarded: Discarded,
    { onBackoff, signal }: { onBackoff: () => void; signal: AbortSignal },
  ): Promise<boolean> => {
    const { place, slices, condition } = discarded;
    const records = countRecords(slices);
    log('warn', 'discarded', { ...firstPosition(place, slices), records, condition });
    if (!sendToDestination) {
      metrics.add('droppedRecords', records);
      return true;
    }
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await sendToDestination(discarded);
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
