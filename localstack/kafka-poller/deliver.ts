import { backoffMs, pause } from './backoff.ts';
import {
  countRecords,
  eventParts,
  halves,
  type Place,
  pick,
  positions,
  type Slice,
  sizeOf,
} from './batch.ts';
import type { Discarded, SendToDestination } from './destination.ts';
import type { Condition } from './failure-record.ts';
import type { Invoke } from './invoke.ts';
import type { Log } from './log.ts';
import type { Mapping } from './mappings.ts';
import type { MappingMetrics } from './metrics.ts';
import { decide, type FailureSettings, type Invocation, type InvokeResult } from './outcome.ts';
import type { Release, Slots } from './slots.ts';

/**
 * The largest event that a synchronous invoke takes:
 * https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
 */
export const MAX_EVENT_BYTES = 6 * 1024 * 1024;

export type DeliveryDeps = {
  mapping: Mapping;
  invoke: Invoke;
  slots: Slots;
  sendToDestination: SendToDestination | undefined;
  /** The offset of the oldest record that the broker still had when it was last asked. */
  oldestOffset: (topic: string, partition: number) => number;
  metrics: MappingMetrics;
  report: (result: string) => void;
  log: Log;
};

export type Deliver = (
  batch: Slice[],
  place: Place,
  turn: {
    /** Gives back the slot held on entry; none is held during a backoff. */
    release: Release;
    /** Called before a wait for another attempt, which may be one of many. */
    onBackoff: () => void;
    signal: AbortSignal;
  },
) => Promise<boolean>;

/**
 * Part of a batch that is invoked together. `retries` counts towards MaximumRetryAttempts, `failures` sets
 * the backoff, `invokes` are those that reached the function.
 */
type Piece = { slices: Slice[]; retries: number; failures: number; invokes: number; last?: Invocation };

/**
 * Takes one batch of one partition to its end: resolves to true when each record was processed, discarded, or
 * put in the destination, and to false when the signal aborted before that.
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
    const partition = `${place.topic}-${place.partition}`;
    let work: Piece[] = [{ slices: batch, retries: 0, failures: 0, invokes: 0 }];

    const discard = async (piece: Piece, condition: Condition) => {
      slot?.();
      slot = undefined;
      return giveUp({ ...piece, condition }, place, { onBackoff, signal });
    };

    try {
      for (let piece = work[0]; piece; piece = work[0]) {
        const rest = work.slice(1);
        const tooOld = expired(piece.slices, maxAgeMs);
        if (tooOld.length > 0) {
          if (!(await discard({ ...piece, slices: tooOld }, 'MaximumRecordAgeExceeded'))) return false;
          const fresh = without(piece.slices, tooOld);
          work = fresh.length > 0 ? [{ ...piece, slices: fresh }, ...rest] : rest;
          continue;
        }
        const gone = piece.failures > 0 ? deletedBefore(piece.slices, place) : [];
        if (gone.length > 0) {
          const left = without(piece.slices, gone);
          work = left.length > 0 ? [{ ...piece, slices: left }, ...rest] : rest;
          continue;
        }
        if (eventSize(place, piece.slices) > MAX_EVENT_BYTES) {
          if (!(await discard(piece, 'MaximumPayloadSizeExceeded'))) return false;
          work = rest;
          continue;
        }

        slot ??= await slots.acquire(signal);
        if (!slot) return false;
        const sent = piece.slices;
        const result = await attempt(piece, place);
        slot();
        slot = undefined;

        const outcome = decide(
          result,
          { partition, offsets: () => offsetsOf(sent), retries: piece.retries },
          settings,
        );
        if (outcome.do === 'commit') {
          report('OK');
          work = rest;
          continue;
        }
        report(`PROBLEM: ${outcome.reason}`);
        metrics.add('failedRecords', countRecords(piece.slices));
        metrics.add('invokeErrors');
        const failed: Piece = { ...piece, failures: piece.failures + 1 };
        if ('invocation' in result) {
          failed.last = result.invocation;
          failed.invokes++;
        }
        if (outcome.do === 'bisect') {
          work = [...halves(piece.slices).map((slices) => ({ ...failed, slices, failures: 0 })), ...rest];
          continue;
        }
        failed.slices = pick(piece.slices, ({ offset }) => outcome.offsets.has(offset));
        if (outcome.do === 'discard') {
          if (!(await discard(failed, 'RetriesExhausted'))) return false;
          work = rest;
          continue;
        }
        if (outcome.countsAsRetry) failed.retries++;
        work = [failed, ...rest];
        const delayMs = backoffMs(failed.failures);
        logRetry(failed, outcome.reason, delayMs, place);
        onBackoff();
        await pause(delayMs, signal);
        if (signal.aborted) return false;
      }
      return true;
    } finally {
      slot?.();
    }
  };

  /**
   * What the broker has deleted while it was being retried, which ends the retries: "until processing
   * succeeds or the messages expire", https://docs.aws.amazon.com/lambda/latest/dg/with-msk-configure.html
   */
  function deletedBefore(slices: Slice[], place: Place): Slice[] {
    const oldest = oldestOffset(place.topic, place.partition);
    const gone = pick(slices, ({ offset }) => offset < oldest);
    if (gone.length > 0) {
      const records = countRecords(gone);
      metrics.add('droppedRecords', records);
      log('warn', 'expired', { ...where(gone, place), records });
    }
    return gone;
  }

  async function attempt({ slices }: Piece, { around }: Place): Promise<InvokeResult> {
    metrics.add('invokedRecords', countRecords(slices));
    return invoke(mapping.functionArn, eventParts(around, slices));
  }

  /**
   * Puts records in the destination, if there is one, however often that takes. False if the signal aborts
   * first.
   */
  async function giveUp(
    piece: Piece & { condition: Condition },
    place: Place,
    { onBackoff, signal }: { onBackoff: () => void; signal: AbortSignal },
  ) {
    const records = countRecords(piece.slices);
    log('warn', 'discarded', { ...where(piece.slices, place), records, condition: piece.condition });
    if (!sendToDestination) {
      metrics.add('droppedRecords', records);
      return true;
    }
    const discarded: Discarded = {
      place,
      slices: piece.slices,
      condition: piece.condition,
      invokes: piece.invokes,
      invocation: piece.last,
    };
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        await sendToDestination(discarded);
        metrics.add('destinationRecords', records);
        return true;
      } catch (error) {
        metrics.add('destinationErrors');
        log('error', 'destination-failed', {
          ...where(piece.slices, place),
          destination: mapping.onFailure,
          error: String(error),
        });
        onBackoff();
        await pause(backoffMs(failures), signal);
      }
    }
    return false;
  }

  function logRetry({ slices, failures }: Piece, reason: string, delayMs: number, place: Place) {
    log('warn', 'retrying', {
      ...where(slices, place),
      records: countRecords(slices),
      failures,
      reason,
      delayMs: Math.round(delayMs),
    });
  }
}

const eventSize = ({ around }: Place, slices: Slice[]): number =>
  around.head.length + sizeOf(slices) + around.tail.length;

function expired(slices: Slice[], maxAgeMs: number): Slice[] {
  if (maxAgeMs === Number.POSITIVE_INFINITY) return [];
  const oldest = Date.now() - maxAgeMs;
  return pick(slices, ({ timestampMs }) => timestampMs < oldest);
}

function without(slices: Slice[], removed: Slice[]): Slice[] {
  const gone = offsetsOf(removed);
  return pick(slices, ({ offset }) => !gone.has(offset));
}

const offsetsOf = (slices: Slice[]) => new Set([...positions(slices)].map(({ offset }) => offset));

function where(slices: Slice[], { topic, partition }: Place) {
  const [first] = positions(slices);
  return { topic, partition, offset: first?.offset };
}
