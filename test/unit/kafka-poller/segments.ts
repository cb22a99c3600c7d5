import { encode, type KafkaRecord, type Segment } from '../../../localstack/kafka-poller/event.ts';

export const recordAt = (offset: number, fields: Partial<KafkaRecord> = {}): KafkaRecord => ({
  offset: String(offset),
  timestamp: '1545084650987',
  key: null,
  value: Buffer.from(`value ${offset}`),
  ...fields,
});

/** Records `from` … `to - 1` of topic "t", partition 0. */
export function segmentOf(from: number, to: number, fields: Partial<KafkaRecord> = {}): Segment {
  const records = Array.from({ length: to - from }, (_, i) => recordAt(from + i, fields));
  return encode('t', 0, records, to);
}
