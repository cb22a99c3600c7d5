import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { decodeKafkaEvent } from '../../../../../lambdas/shared/kafka/kafka-event.ts';
import { plausible } from '../../../../../lambdas/shared/wire/limits.ts';
import { encodeObservation, observationFromWire } from '../../../../../lambdas/shared/wire/observation.ts';
import { readPlainObservation } from '../../../../../lambdas/shared/wire/plain-observation.ts';
import { kafkaEvent } from '../../../../fixtures/kafka-events.ts';
import { observationWith, wireObservationWith } from '../../../../fixtures/observations.ts';
import { runs } from '../../../../fixtures/runs.ts';

const judging = { limits: plausible, receivedAtMs: Date.UTC(2024, 5, 1) };

/** Between two other messages, whose bytes must not matter. */
function read(message: Buffer, { receivedAtMs }: { readonly receivedAtMs: number } = judging) {
  const other = encodeObservation({ ...observation, location: 'other' });
  const bytes = Buffer.concat([Buffer.from(other), message, Buffer.from(other)]);
  const span = { bytes, start: other.length, end: other.length + message.length };
  return readPlainObservation(span, { ...judging, receivedAtMs });
}

const observation = observationWith();

const plain = encodeObservation(observation);
const withField = (name: string, text: string) =>
  plain.replace(new RegExp(`"${name}":("[^"]*"|[^,}]*)`), () => `"${name}":${text}`);
const spaced = (text: string) => text.replaceAll(',"', ', "').replaceAll('":', '": ');

/** The reference, or the error's message. */
function slowly(message: Buffer, receivedAtMs = judging.receivedAtMs): unknown {
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(message);
    return observationFromWire(JSON.parse(text), { ...judging, receivedAtMs });
  } catch (error) {
    return String(error);
  }
}

test.each([
  ['as this system writes it', plain, observation],
  ['with the blanks of json.dumps', spaced(plain), observation],
  [
    'with a location in another script',
    withField('Location', '"서울 😀"'),
    { ...observation, location: '서울 😀' },
  ],
  [
    'with a location that is normalised',
    withField('Location', '" e\u0301 "'),
    { ...observation, location: 'é' },
  ],
  ['without a measure', withField('Humidity_pct', 'null'), { ...observation, humidityPct: null }],
  ['with a negative number', withField('Temperature_C', '-0.5'), { ...observation, temperatureC: -0.5 }],
  [
    'with 17 digits',
    withField('Temperature_C', '12.345678901234567'),
    { ...observation, temperatureC: 12.345678901234567 },
  ],
  ['with a negative zero', withField('Precipitation_mm', '-0'), { ...observation, precipitationMm: -0 }],
  ['with a retry', withField('retry', '3'), { ...observation, retry: 3 }],
  [
    'of the next year',
    withField('Date_Time', '"2025-05-31 23:59:59"'),
    { ...observation, observedAtMs: Date.UTC(2025, 4, 31, 23, 59, 59) },
  ],
])('a message %s is read from its bytes', (_, text, expected) => {
  const message = Buffer.from(text);
  expect(read(message)).toStrictEqual(expected);
  expect(slowly(message)).toStrictEqual(expected);
});

test.each([
  ['an escape', withField('Location', String.raw`"Se\u006ful"`)],
  ['an exponent', withField('Temperature_C', '1e1')],
  ['another order', `{"retry":0,${plain.slice(1).replace(',"retry":0', '')}`],
  ['no retry', JSON.stringify(wireObservationWith({ retry: undefined }))],
  ['a further field', plain.replace('}', ',"x":1}')],
  ['the farthest plausible day', withField('Date_Time', '"2025-12-31 00:00:00"')],
])('a message with %s is left to JSON.parse', (_, text) => {
  const message = Buffer.from(text);
  expect(read(message)).toBeUndefined();
  expect(slowly(message)).toMatchObject({ location: 'Seoul' });
});

test.each([
  withField('Location', '""'),
  withField('Location', '"  "'),
  withField('Location', '"a\tb"'),
  withField('Location', '"\u007f"'),
  withField('Location', `"${'x'.repeat(201)}"`),
  withField('Location', 'null'),
  withField('Date_Time', '"2024-02-30 00:00:00"'),
  withField('Date_Time', '"2023-02-29 00:00:00"'),
  withField('Date_Time', '"2024-13-01 00:00:00"'),
  withField('Date_Time', '"2024-01-01 24:00:00"'),
  withField('Date_Time', '"2024-01-01T00:00:01"'),
  withField('Date_Time', '"2024-01-0: 00:00:01"'),
  withField('Date_Time', '"1899-12-31 23:59:59"'),
  withField('Date_Time', '"2026-01-01 00:00:00"'),
  withField('Temperature_C', '60.01'),
  withField('Temperature_C', '-95.5'),
  withField('Temperature_C', '+1'),
  withField('Temperature_C', '.5'),
  withField('Temperature_C', '5.'),
  withField('Temperature_C', '05'),
  withField('Temperature_C', '-'),
  withField('Temperature_C', ''),
  withField('Temperature_C', '"1"'),
  withField('Temperature_C', 'nul'),
  withField('Temperature_C', 'NaN'),
  withField('Precipitation_mm', '999.9'),
  withField('retry', '-1'),
  withField('retry', '0.5'),
  withField('retry', '9007199254740993'),
  plain.slice(0, -1),
  `${plain} `,
  `${plain}}`,
  plain.slice(0, 40),
  '{',
  '',
  ['Temperature_C', 'Humidity_pct', 'Precipitation_mm', 'Wind_Speed_kmh'].reduce(
    (text, name) => text.replace(new RegExp(`("${name}":)[^,}]*`), '$1null'),
    plain,
  ),
])('what is wrong, or cut off, is left to JSON.parse: %s', (text) => {
  expect(read(Buffer.from(text))).toBeUndefined();
});

test('bytes that are not UTF-8 are left to JSON.parse', () => {
  const message = Buffer.from(withField('Location', '"\u00ff\u00ff"'), 'latin1');
  expect(read(message)).toBeUndefined();
});

const decimal = fc.oneof(
  fc.double({ min: -1, max: 1, noNaN: true }),
  fc.integer({ min: -90_000_000, max: 90_000_000 }).map((units) => units / 1e6),
  fc.integer({ min: 0, max: 60 }),
  fc.constantFrom(-99.9, 999.9, 1e-7, 99999),
);
/** Mostly null: an observation of four random numbers is hardly ever plausible. */
const measure = fc.option(decimal, { freq: 1 });
const anyObservation = fc.record({
  location: fc.oneof(
    fc.constantFrom('Seoul', 'Busan', 'São Paulo', 'e\u0301', ' Rome '),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
  ),
  observedAtMs: fc.integer({ min: Date.UTC(1895), max: Date.UTC(2026) }).map((ms) => ms - (ms % 1000)),
  temperatureC: fc.option(decimal),
  humidityPct: measure,
  precipitationMm: measure,
  windSpeedKmh: measure,
  retry: fc.nat({ max: 3 }),
});

test('an answer is the same as that of JSON.parse and observationFromWire, also for damaged messages', () => {
  const message = fc
    .tuple(
      anyObservation,
      fc.boolean(),
      fc.array(
        fc.tuple(fc.nat({ max: 220 }), fc.constantFrom('remove', 'insert', 'replace'), fc.nat({ max: 255 })),
        {
          maxLength: 2,
        },
      ),
    )
    .map(([some, isSpaced, damages]) => {
      const text = encodeObservation(some);
      let bytes = Buffer.from(isSpaced ? spaced(text) : text);
      for (const [place, damage, byte] of damages) {
        const rest = bytes.subarray(damage === 'insert' ? place : place + 1);
        bytes = Buffer.concat([
          bytes.subarray(0, place),
          damage === 'remove' ? Buffer.alloc(0) : Buffer.from([byte]),
          rest,
        ]);
      }
      return bytes;
    });
  const receivedAt = fc.constantFrom(-1, 0, judging.receivedAtMs, Date.UTC(2030));
  let answered = 0;
  fc.assert(
    fc.property(message, receivedAt, (bytes, receivedAtMs) => {
      const answer = read(bytes, { receivedAtMs });
      if (answer === undefined) return;
      answered++;
      expect(answer).toStrictEqual(slowly(bytes, receivedAtMs));
    }),
    runs({ all: 100_000, few: 3_000 }),
  );
  expect(answered).toBeGreaterThan(300);
});

test('every number of up to 17 digits is the one that JSON.parse reads', () => {
  const digits = (max: number) => fc.nat({ max }).map(String);
  const literal = fc
    .tuple(fc.constantFrom('', '-'), digits(99), fc.option(fc.stringMatching(/^\d{1,17}$/)))
    .map(([sign, whole, decimals]) => `${sign}${whole}${decimals === null ? '' : `.${decimals}`}`);
  fc.assert(
    fc.property(literal, (text) => {
      const value = JSON.parse(text);
      const answer = read(Buffer.from(withField('Temperature_C', text)));
      if (value >= plausible.temperatureC.min && value <= plausible.temperatureC.max)
        expect(answer?.temperatureC).toBe(value);
      else expect(answer).toBeUndefined();
    }),
    runs({ all: 20_000, few: 1_000 }),
  );
});

test('a record of an event has its bytes, and a tombstone has none', () => {
  const [partition] = decodeKafkaEvent(
    kafkaEvent('weather-data', {
      0: [
        { offset: 0, value: 'not JSON' },
        { offset: 1, value: plain },
      ],
    }),
    (topic) => topic,
  );
  const [first, second] = partition?.records ?? [];
  expect([
    first && readPlainObservation(first, judging),
    second && readPlainObservation(second, judging),
  ]).toEqual([undefined, observation]);
  expect(readPlainObservation({}, judging)).toBeUndefined();
});
