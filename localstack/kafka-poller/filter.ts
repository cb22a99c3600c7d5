import { compile, isObject, type Matcher, parseJson } from './event-pattern.ts';

/** The parts of a record that a filter can test. */
export type FilterRecord = {
  topic: string;
  partition: number;
  offset: number;
  timestamp: number;
  timestampType: string;
  key: Buffer | null;
  value: Buffer | null;
};

type Filter = { metadata: Matcher; data: Matcher | undefined; dataIsJson: boolean };

/**
 * Creates the filter of a mapping's FilterCriteria. A record passes if one of the patterns matches:
 * https://docs.aws.amazon.com/lambda/latest/dg/kafka-filtering.html. If the value's format (JSON or text)
 * differs from the format of a pattern, only the metadata is tested.
 */
export function createFilter(patterns: string[]): (record: FilterRecord) => boolean {
  const filters = patterns.map(parse);
  return (record) => {
    const metadata = {
      topic: record.topic,
      partition: record.partition,
      offset: record.offset,
      timestamp: record.timestamp,
      timestampType: record.timestampType,
      key: record.key?.toString() ?? null,
    };
    const data = decode(record.value);
    return filters.some((filter) => {
      if (!filter.metadata(metadata)) return false;
      if (!filter.data) return true;
      if (filter.dataIsJson) return !isObject(data.json) || filter.data(data.json);
      return data.text === undefined || isObject(data.json) || filter.data(data.text);
    });
  };
}

function parse(pattern: string): Filter {
  const parsed = parseJson(pattern);
  if (!isObject(parsed)) throw new Error(`a filter pattern must be a JSON object: ${pattern}`);
  const { value, ...metadata } = parsed;
  return {
    metadata: compile(metadata),
    data: value === undefined ? undefined : compile(value),
    dataIsJson: isObject(value),
  };
}

function decode(value: Buffer | null): { text: string | undefined; json: unknown } {
  if (value === null) return { text: undefined, json: undefined };
  try {
    const text = UTF8.decode(value);
    return { text, json: tryJson(text) };
  } catch {
    return { text: undefined, json: undefined };
  }
}

function tryJson(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    return undefined;
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true });
