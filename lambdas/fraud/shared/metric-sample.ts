import { createHash } from 'node:crypto';
import { objectOf, outOfRange, parseId, parseTime, wrongType } from '../../shared/failures/fields.ts';
import { type Gauge, gauges } from '../../shared/metrics/metrics.ts';

/** One observed value of a gauge, as `POST /update_metrics` accepts it. */
export interface MetricSample {
  /** Stays the same when the sample is sent again, so that a repeat is recognised. */
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly observedAtMs: number;
}

/** An id that is the same whenever its parts are. */
export const sampleId = (...parts: readonly string[]): string =>
  createHash('sha256').update(parts.join('/')).digest('hex').slice(0, 32);

/** Encodes the body of `POST /update_metrics`, whose list is called `updates`. */
export const encodeMetricSamples = (samples: readonly MetricSample[]): string =>
  JSON.stringify({
    updates: samples.map(({ observedAtMs, ...rest }) => ({
      ...rest,
      observedAt: new Date(observedAtMs).toISOString(),
    })),
  });

/** Samples in one body. */
export const maxSamples = 200;

/**
 * Allows for clocks that differ. A sample dated further ahead would block newer ones until that time comes.
 */
const maxAheadMs = 5 * 60_000;

/** Reads the parsed JSON of a body. @throws BadRecord that names the first wrong field */
export function metricSamplesFromWire(body: unknown, nowMs: number): MetricSample[] {
  const { updates, ...rest } = objectOf('body', body);
  refuseOthers('body', rest, 'updates');
  if (!Array.isArray(updates)) throw wrongType('updates', updates, 'a list');
  if (updates.length < 1 || updates.length > maxSamples)
    throw outOfRange('updates', updates.length, `1 to ${maxSamples} entries`);
  const samples = updates.map((update, at) => parseSample(`updates[${at}]`, update, nowMs));
  const ids = new Set(samples.map(({ id }) => id));
  if (ids.size < samples.length) throw outOfRange('updates', `${ids.size} ids`, 'each id once');
  return samples;
}

const gaugesByName = new Map<unknown, Gauge>(Object.values(gauges).map((gauge) => [gauge.name, gauge]));

function parseSample(place: string, update: unknown, nowMs: number): MetricSample {
  const { id, name, labels = {}, value, observedAt, ...rest } = objectOf(place, update);
  refuseOthers(place, rest, 'id, name, labels, value, observedAt');
  const gauge = gaugesByName.get(name);
  if (gauge === undefined) throw wrongType(`${place}.name`, name, 'the name of a gauge');
  const observedAtMs = parseTime(`${place}.observedAt`, observedAt);
  if (observedAtMs > nowMs + maxAheadMs)
    throw outOfRange(`${place}.observedAt`, observedAt, 'a time that has passed');
  return {
    id: parseId(`${place}.id`, id),
    name: gauge.name,
    labels: parseLabels(`${place}.labels`, labels, gauge),
    value: parseValue(`${place}.value`, value, gauge),
    observedAtMs,
  };
}

function parseLabels(place: string, value: unknown, { labels: known = {} }: Gauge): Record<string, string> {
  const labels = objectOf(place, value);
  const expected = Object.keys(known);
  const given = Object.keys(labels);
  if (given.length !== expected.length || !expected.every((name) => Object.hasOwn(labels, name)))
    throw wrongType(place, labels, expected.length > 0 ? `the labels ${expected.join(', ')}` : 'no labels');
  return Object.fromEntries(
    Object.entries(known).map(([name, values]) => {
      const label = values.find((each) => each === labels[name]);
      if (label === undefined)
        throw wrongType(`${place}.${name}`, labels[name], `one of ${values.join(', ')}`);
      return [name, label];
    }),
  );
}

function parseValue(place: string, value: unknown, { range: [least, most] }: Gauge): number {
  if (typeof value !== 'number') throw wrongType(place, value, 'a number');
  if (!(value >= least && value <= most)) throw outOfRange(place, value, `${least} to ${most}`);
  return value;
}

function refuseOthers(place: string, rest: object, expected: string): void {
  const [other] = Object.keys(rest);
  if (other !== undefined) throw wrongType(place, other, `only ${expected}`);
}
