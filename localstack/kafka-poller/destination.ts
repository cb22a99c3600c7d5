import type { Slice } from './batch.ts';
import type { Place } from './deliver.ts';
import type { Invocation } from './outcome.ts';

export type Condition = 'RetriesExhausted' | 'MaximumRecordAgeExceeded' | 'MaximumPayloadSizeExceeded';

export type Discarded = {
  place: Place;
  slices: Slice[];
  condition: Condition;
  /** How often the function was invoked with these records. */
  invokes: number;
  invocation: Invocation | undefined;
};

export type SendToDestination = (discarded: Discarded) => Promise<void>;
