/** What a message about errors shows: counts of all of them, and examples. */
export interface ErrorDigest {
  readonly errors: number;
  /** The types with the most errors. */
  readonly types: readonly TypeCount[];
  /** The files with the most errors; null for messages on Kafka. */
  readonly files: readonly { readonly file: string | null; readonly errors: number }[];
  /** How many files there are in all, messages on Kafka counting as one. */
  readonly fileCount: number;
  /** The ids of the errors, as ranges: first and last. */
  readonly ids: readonly (readonly [number, number])[];
}

interface TypeCount {
  readonly type: string;
  readonly errors: number;
  readonly causeCount: number;
  /** The causes with the most errors. */
  readonly causes: readonly ErrorCause[];
}

/** Errors of one type with the same faulty fields, or with the same reason but for numbers. */
export interface ErrorCause {
  readonly fields: readonly string[];
  readonly errors: number;
  /** Of the first error. */
  readonly reason: string;
  readonly location: string | null;
  readonly file: string | null;
  readonly line: number | null;
}

/** How long errors of a type wait, and since when Slack knows of that type. */
export interface WaitingType {
  readonly type: string;
  readonly waitingMs: number;
  /** Since Slack was last told of errors of this type; null: never. */
  readonly toldAgoMs: number | null;
  /** Since the newest error of this type. */
  readonly quietMs: number;
}

/** Slack is told of errors of one type at most so often. */
const toldEveryMs = 60_000;

/** The first errors come in a burst. They share a message once none has come for so long, */
const pauseMs = 2_000;
/** or once the first has waited for so long. */
const longestPauseMs = 10_000;

/** A type that Slack was told of so recently is part of a flood. */
const floodMs = 10 * 60_000;
/** Types of a flood wait so long for each other, to share messages from then on. */
const alignMs = 30_000;

/**
 * The types whose errors are told now, in one message. None is told twice within a minute. The first errors
 * of a type are told within seconds; the types of a flood come to share one message a minute.
 */
export function typesToTell(waiting: readonly WaitingType[]): string[] {
  const isFree = ({ toldAgoMs }: WaitingType) => toldAgoMs === null || toldAgoMs >= toldEveryMs;
  const free = waiting.filter(isFree);
  const isDue = free.some(({ waitingMs, quietMs }) => quietMs >= pauseMs || waitingMs >= longestPauseMs);
  if (!isDue) return [];
  const isNew = free.some(({ toldAgoMs }) => toldAgoMs === null || toldAgoMs >= floodMs);
  const isOneSoonFree = waiting.some(
    (type) => !isFree(type) && toldEveryMs - (type.toldAgoMs ?? 0) <= alignMs,
  );
  return isNew || !isOneSoonFree ? free.map(({ type }) => type) : [];
}
