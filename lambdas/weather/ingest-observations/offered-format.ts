import { isoTime } from '../../shared/wire/date-time.ts';
import { observationFields } from '../../shared/wire/observation.ts';
import { type FieldName, guessColumn, isMeasure, unitOfName, zoneOf } from './header.ts';
import { compileTimePattern } from './time-pattern.ts';
import { knownUnits } from './units.ts';

/** What a refusal knows of a file. */
export interface Refused {
  readonly names: readonly string[];
  /** Cells of some rows of data, by the place of their column. */
  readonly rows: readonly (readonly string[])[];
  readonly delimiter?: string | undefined;
  /** That the file is probably in. */
  readonly encoding?: string | undefined;
}

/** Longer ones would hide the reason of the refusal. */
const longestOffer = 1_200;

/**
 * A `_format.json` to start from, on one line: with every column that could be guessed, and with blanks in
 * `<…>`, which a person fills in. A format file with blanks is refused, so that none is forgotten.
 *
 * @returns a sentence for the end of a refusal; empty where nothing can be guessed
 */
export function offerFormat(refused: Refused): string {
  const { names, rows, delimiter, encoding } = refused;
  const time = guessTime(refused);
  const taken = new Set(time?.places ?? []);
  const places = new Map<FieldName, number>();
  for (const field of observationFields) {
    if (field === 'Date_Time') continue;
    const place = names.findIndex((name, at) => !taken.has(at) && guessColumn(name, field) !== undefined);
    if (place < 0) continue;
    places.set(field, place);
    taken.add(place);
  }
  const measures = [...places.keys()].filter(isMeasure);
  if (measures.length === 0 && time === undefined) return '';
  const isFilled = (field: FieldName) =>
    rows.every((cells) => (cells[places.get(field) ?? -1] ?? '').trim() !== '');
  const required = observationFields.filter(
    (field) => !isMeasure(field) || (places.has(field) && isFilled(field)),
  );
  return sentence({
    ...dialectOf({ encoding, ...(delimiter === ',' ? {} : { delimiter }) }),
    ...(time?.timezone === undefined ? {} : { timezone: time.timezone(encoding) }),
    ...(places.has('Location') ? {} : { constants: { Location: '<Location>' } }),
    fields: observationFields.flatMap((name): object[] => {
      if (name === 'Date_Time') return [{ name, from: time?.from ?? '<column>', format: time?.format }];
      const place = places.get(name);
      if (place !== undefined) return [{ name, from: names[place], unit: unitToConfirm(names[place], name) }];
      return name === 'Temperature_C' && measures.length === 0 ? [{ name, from: '<column>' }] : [];
    }),
    ...(required.length === observationFields.length ? {} : { required }),
  });
}

/** Where a name has no unit, the offer shows the one that would count. */
const unitToConfirm = (column: string | undefined, field: FieldName) =>
  isMeasure(field) && unitOfName(column ?? '', field) === undefined ? knownUnits(field)[0] : undefined;

/** For a file whose columns are known, but not the pattern of its times. */
export const offerTimeFormat = (texts: readonly string[]): string =>
  sentence({
    timezone: 'UTC',
    fields: [{ name: 'Date_Time', format: guessPattern(texts) ?? unknownPattern }],
  });

/** For a file whose values are in another unit. */
export const offerUnit = (field: FieldName, units: readonly string[]): string =>
  sentence({ fields: [{ name: field, unit: `<${units.join(' or ')}>` }] });

/** For a file whose times are in a zone that its header only hints at. */
export const offerZone = (zone: string): string => sentence({ timezone: `<zone of ${zone}>` });

function sentence(format: object): string {
  const text = JSON.stringify(format);
  if (text.length > longestOffer) return '';
  const blanks = /<[^"<>]+>/.test(text) ? ', with each <…> filled in' : '';
  return ` Or drop this as _format.json into its folder${blanks}, and the file again: ${text}`;
}

function dialectOf(dialect: {
  readonly encoding: string | undefined;
  readonly delimiter?: string | undefined;
}) {
  return Object.values(dialect).some((value) => value !== undefined) ? { dialect } : {};
}

interface Time {
  readonly places: readonly number[];
  readonly from: string | readonly string[];
  /** Absent for ISO 8601. */
  readonly format?: string | undefined;
  /** Absent for times with an offset. */
  readonly timezone?: ((encoding: string | undefined) => string) | undefined;
}

/** Where data in these encodings is mostly from. A person sees it, and corrects it. */
const zones: Readonly<Record<string, string>> = {
  'euc-kr': 'Asia/Seoul',
  shift_jis: 'Asia/Tokyo',
  'euc-jp': 'Asia/Tokyo',
  gb18030: 'Asia/Shanghai',
  big5: 'Asia/Taipei',
};

function guessTime({ names, rows }: Refused): Time | undefined {
  const candidates = names.flatMap((name, place) =>
    guessColumn(name, 'Date_Time') === undefined ? [] : [place],
  );
  const hours = names.flatMap((name, place) => (/^(hour|hh|hr|time|시)/i.test(name) ? [place] : []));
  const pairs = candidates.flatMap((date) =>
    hours.filter((hour) => hour !== date).map((hour) => [date, hour]),
  );
  const textsAt = (places: readonly number[]) =>
    rows
      .map((cells) => places.map((place) => cells[place]?.trim() ?? '').join(' '))
      .filter((text) => text !== '');
  const [first] = candidates;
  if (first === undefined) return undefined;
  const all = [...candidates.map((place) => [place]), ...pairs];
  const known = all.find((places) => guessPattern(textsAt(places)) !== undefined);
  const places = known ?? [first];
  const texts = textsAt(places);
  const format = known === undefined ? unknownPattern : guessPattern(texts);
  const zone = zoneOf(names[places[0] ?? first] ?? '');
  const hasOffset = texts.every((text) => /(?:z|[+-]\d\d:?\d\d)$/i.test(text)) && texts.length > 0;
  const [from = '', ...others] = places.map((place) => names[place] ?? '');
  return {
    places,
    from: others.length === 0 ? from : [from, ...others],
    ...(format === '' ? {} : { format }),
    ...(hasOffset
      ? {}
      : {
          timezone: (encoding) =>
            zone === undefined ? (zones[encoding ?? ''] ?? 'UTC') : `<zone of ${zone}>`,
        }),
  };
}

const unknownPattern = '<pattern such as %Y-%m-%d %H:%M>';

const patterns = [
  ...['%Y-%m-%d %H', '%Y%m%d%H%M%S', '%Y%m%d%H%M', '%Y%m%d%H', '%Y%m%d %H:%M', '%Y%m%d %H'],
  ...['%Y/%m/%d %H:%M:%S', '%Y/%m/%d %H:%M', '%Y.%m.%d %H:%M:%S', '%Y.%m.%d %H:%M'],
  ...['%d.%m.%Y %H:%M:%S', '%d.%m.%Y %H:%M', '%d %b %Y %H:%M', '%b %d %Y %H:%M'],
];
const times = ['%H:%M:%S', '%H:%M', '%I:%M:%S %p', '%I:%M %p'];
/** Day and month cannot be told apart, so the person is asked. */
const ambiguous = ['/', '-'].flatMap((mark) =>
  times.map((time) => [`%d${mark}%m${mark}%Y ${time}`, `%m${mark}%d${mark}%Y ${time}`] as const),
);

/** Empty for ISO 8601, which needs none; undefined where no pattern reads all texts. */
function guessPattern(texts: readonly string[]): string | undefined {
  if (texts.length === 0) return undefined;
  if (texts.every((text) => isTime(isoTime(text)))) return '';
  const reads = (pattern: string) => {
    const compiled = compileTimePattern(pattern);
    return typeof compiled !== 'string' && texts.every((text) => isTime(compiled.read(text)));
  };
  const sure = patterns.find(reads);
  if (sure !== undefined) return sure;
  const unsure = ambiguous.find((pair) => pair.some(reads));
  return unsure && `<${unsure.join(' or ')}>`;
}

const isTime = (ms: number | undefined): boolean =>
  ms !== undefined && ms >= Date.UTC(1900) && ms < Date.UTC(2100);
