import { assumptions } from './assumptions.ts';
import { measured } from './measured.ts';

/** What comes in. */
export interface Load {
  /** Observations in dropped files. */
  readonly recordsPerSecond: number;
  /** Requests of `POST /predict`. */
  readonly predictionsPerSecond: number;
}

export const idle: Load = { recordsPerSecond: 0, predictionsPerSecond: 0 };

interface TopicFlow {
  readonly recordsPerSecond: number;
  readonly bytesPerRecord: number;
}

/**
 * What is written to a topic.
 * @throws Error for a topic of which nothing is known
 */
export function flowOf(topic: string, { recordsPerSecond, predictionsPerSecond }: Load): TopicFlow {
  const { invalidShare, errorRecordBytes, transactionBytes } = assumptions;
  const flows: Readonly<Record<string, TopicFlow>> = {
    'weather-data': { recordsPerSecond, bytesPerRecord: measured.recordBytes },
    'error-data': { recordsPerSecond: recordsPerSecond * invalidShare, bytesPerRecord: errorRecordBytes },
    'retry-data': { recordsPerSecond: 0, bytesPerRecord: measured.plainRecordBytes },
    transactions: { recordsPerSecond: predictionsPerSecond, bytesPerRecord: transactionBytes },
  };
  const flow = flows[topic];
  if (flow === undefined)
    throw new Error(`Nothing is known of the topic ${topic}: say in bin/cost/load.ts what is written to it.`);
  return flow;
}

export const bytesPerSecondOf = ({ recordsPerSecond, bytesPerRecord }: TopicFlow): number =>
  recordsPerSecond * bytesPerRecord;
