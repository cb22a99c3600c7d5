import { backoffMs, pause } from './backoff.ts';
import {
  countRecords,
  eventParts,
  firstPosition,
  halves,
  type Place,
  pick,
  positions,
  type Slice,
  sizeOf,
} from './batch.ts';
import type { SendToDestination } from './destination.ts';
import { createDiscard } from './discard.ts';
import type { Condition } from './failure-record.ts';
import type { Invoke } from './invoke.ts';
import type { Log } from './log.ts';
import type { Mapping } from './mappings.ts';
import type { MappingMetrics } from './metrics.ts';
import { decide, type FailureSettings, type Invocation, type InvokeResult } from './outcome.ts';
import type { Release, Slots } from './slots.ts';

/**
 * The largest event of a synchronous invoke:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

export type DeliveryDeps = {
  mapping: Mapping;
  invoke: Invoke;
  slots: Slots;
  sendToDestination: SendToDestination | undefined;
  /** The offset of the oldest record that the broker had when it was last asked. */
  oldestOffset: (topic: string, partition: number) => number;
  metrics: MappingMetrics;
  report: (result: string) => void;
  log: Log;
};

export type Deliver = (
  batch: Slice[],
  place: Place,
  turn: {
    /** Frees the slot that the caller has acquired. No slot is held during a backoff. */
    release: Release;
    /** Called before each backoff; many may follow. */
    onBackoff: () => void;
    signal: AbortSignal;
  },
) => Promise<boolean>;

/**
 * Records of a batch that are invoked together. `retries` counts towards MaximumRetryAttempts, `failures`
 * sets the backoff, and `invokes` counts the invokes that reached the function.
 */
type Part = { slices: Slice[]; retries: number; failures: number; invokes: number; last?: Invocation };

/**
 * Delivers one batch of one partition to the end: invokes the function, and retries, splits or discards
 * records as the mapping says. Resolves to true when each record was processed, discarded or sent to the
 * destination, and to false when the signal aborted before that. A batch becomes a list of parts, which are
 * handled in the order of their offsets.
 */
export function createDelivery({
  mapping,
  invoke,
  slots,
  sendToDestination,
  oldestOffset,
  ...deps
}: DeliveryDeps): Deliver {
  const { metrics, report, log } = deps;
  const discard = createDiscard({ mapping, sendToDestination, metrics, log });
  const settings: FailureSettings = {
    provisioned: mapping.provisioned !== undefined,
    maxRetryAttempts: mapping.maxRetryAttempts,
    bisect: mapping.bisect,
    reportItemFailures: mapping.reportItemFailures,
    hasDestination: sendToDestination !== undefined,
  };
  const maxAgeMs = settings.provisioned ? mapping.maxRecordAgeMs : Number.POSITIVE_INFINITY;

  return async (batch, place, { release, onBackoff, signal }) => {
    let slot: Release | undefined = release;
    const freeSlot = () => {
      slot?.();
      slot = undefined;
    };
    const discardPart = ({ slices, invokes, last }: Part, condition: Condition) => {
      freeSlot();
      return discard({ place, slices, condition, invokes, invocation: last }, { onBackoff, signal });
    };

    /**
     * Handles a part once. Returns the parts that are still to be handled, or undefined when the signal
     * aborted.
     */
    const handle = async (part: Part): Promise<Part[] | undefined> => {
      const tooOld = olderThan(maxAgeMs, part.slices);
      if (tooOld.length > 0) {
        const isDiscarded = await discardPart({ ...part, slices: tooOld }, 'MaximumRecordAgeExceeded');
        return isDiscarded ? partWithout(tooOld, part) : undefined;
      }
      const deleted = part.failures > 0 ? deletedRecords(part.slices, place) : [];
      if (deleted.length > 0) return partWithout(deleted, part);
      if (eventSize(place, part.slices) > MAX_EVENT_BYTES) {
        return (await discardPart(part, 'MaximumPayloadSizeExceeded')) ? [] : undefined;
      }
      slot ??= await slots.acquire(signal);
      if (!slot) return undefined;
      metrics.add('invokedRecords', countRecords(part.slices));
      const result = await invoke(mapping.functionArn, eventParts(place.envelope, part.slices));
      freeSlot();
      return afterInvoke(part, result);
    };

    const afterInvoke = async (part: Part, result: InvokeResult): Promise<Part[] | undefined> => {
      const { slices, retries } = part;
      const partition = `${place.topic}-${place.partition}`;
      const outcome = decide(result, { partition, offsets: () => offsetsOf(slices), retries }, settings);
      if (outcome.do === 'commit') {
        report('OK');
        return [];
      }
      report(`PROBLEM: ${outcome.reason}`);
      metrics.add('failedRecords', countRecords(slices));
      metrics.add('invokeErrors');
      const failed: Part = { ...part, failures: part.failures + 1 };
      if ('invocation' in result) {
        failed.last = result.invocation;
        failed.invokes++;
      }
      if (outcome.do === 'bisect')
        return halves(slices).map((half) => ({ ...failed, slices: half, failures: 0 }));
      failed.slices = pick(slices, ({ offset }) => outcome.offsets.has(offset));
      if (outcome.do === 'discard') return (await discardPart(failed, 'RetriesExhausted')) ? [] : undefined;
      if (outcome.countsAsRetry) failed.retries++;
      const delayMs = backoffMs(failed.failures);
      logRetry(failed, outcome.reason, delayMs, place);
      onBackoff();
      await pause(delayMs, signal);
      return signal.aborted ? undefined : [failed];
    };

    try {
      const parts: Part[] = [{ slices: batch, retries: 0, failures: 0, invokes: 0 }];
      for (let part = parts.shift(); part; part = parts.shift()) {
        const left = await handle(part);
        if (!left) return false;
        parts.unshift(...left);
      }
      return true;
    } finally {
      freeSlot();
    }
  };

  /**
   * Records that the broker has deleted while they were retried. They are not retried any more: "until
   * processing succeeds or the messages expire",
   * https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html
   */
  function deletedRecords(slices: Slice[], place: Place): Slice[] {
    const oldest = oldestOffset(place.topic, place.partition);
    const deleted = pick(slices, ({ offset }) => offset < oldest);
    if (deleted.length > 0) {
      const records = countRecords(deleted);
      metrics.add('droppedRecords', records);
      log('warn', 'expired', { ...firstPosition(place, deleted), records });
    }
    return deleted;
  }

  function logRetry({ slices, failures }: Part, reason: string, delayMs: number, place: Place) {
    log('warn', 'retrying', {
      ...firstPosition(place, slices),
      records: countRecords(slices),
      failures,
      reason,
      delayMs: Math.round(delayMs),
    });
  }
}

const eventSize = ({ envelope }: Place, slices: Slice[]): number =>
  envelope.head.length + sizeOf(slices) + envelope.tail.length;

function olderThan(maxAgeMs: number, slices: Slice[]): Slice[] {
  if (maxAgeMs === Number.POSITIVE_INFINITY) return [];
  const oldest = Date.now() - maxAgeMs;
  return pick(slices, ({ timestampMs }) => timestampMs < oldest);
}

/** The part without these records; no part when none are left. */
function partWithout(removed: Slice[], part: Part): Part[] {
  const offsets = offsetsOf(removed);
  const slices = pick(part.slices, ({ offset }) => !offsets.has(offset));
  return slices.length > 0 ? [{ ...part, slices }] : [];
}

const offsetsOf = (slices: Slice[]) => new Set([...positions(slices)].map(({ offset }) => offset));
