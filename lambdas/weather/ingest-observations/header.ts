import type { observationFields } from '../../shared/wire/observation.ts';
import type { MeasureName } from './units.ts';

export type FieldName = (typeof observationFields)[number];

/** The meaning of a column, by its name alone. */
export interface NamedColumn {
  readonly field: FieldName;
  /** From brackets behind the name: `Temperature (°F)`. */
  readonly unit?: string;
}

/**
 * Names that leave no doubt, without case, blanks and punctuation. Others, such as `temp` or `station`, are
 * only suggested: a name must not be guessed at the cost of wrong data.
 */
const certain: Readonly<Record<string, FieldName>> = {
  location: 'Location',
  datetime: 'Date_Time',
  temperature: 'Temperature_C',
  temperaturec: 'Temperature_C',
  humidity: 'Humidity_pct',
  humiditypct: 'Humidity_pct',
  relativehumidity: 'Humidity_pct',
  relativehumiditypct: 'Humidity_pct',
  precipitation: 'Precipitation_mm',
  precipitationmm: 'Precipitation_mm',
  windspeed: 'Wind_Speed_kmh',
  windspeedkmh: 'Wind_Speed_kmh',
};

/** Names that people give to these columns. */
const likely: Readonly<Record<FieldName, RegExp>> = {
  Location:
    /^(station|stationname|stationid|city|place|site|name|region|usaf|wban|stn|stnid|stnnm|stationsid)/,
  Date_Time: /^(date|time|timestamp|datetime|dt|valid|observed|mess|tm|localtime|utc)/,
  Temperature_C: /^(temp|t2m|ta$|tmp|airtemp|drybulb|ttu|tt$|lufttemp|t$)/,
  Humidity_pct: /^(rh|hum|relhum|rhum|hm$|rfu|relativehum|u$)/,
  Precipitation_mm: /^(prcp|precip|rain|pcp|rn|rr|r1|niederschlag)/,
  Wind_Speed_kmh: /^(wspd|wind|ws$|ff|windsp|wnd|gust)/,
};

/** Without case, blanks and punctuation. */
export const plain = (name: string) =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');

const unitInBrackets = /^(.*?)\s*[([{]\s*([^)\]}]*?)\s*[)\]}]\s*$/s;

/** A name without its unit in brackets, and the unit. */
export function partsOf(name: string): { readonly bare: string; readonly unit?: string } {
  const [, bare, unit] = unitInBrackets.exec(name) ?? [];
  return bare === undefined || unit === undefined || unit === '' ? { bare: name } : { bare, unit };
}

/**
 * Recognises the name of a column: in any case, with blanks, underscores or in camelCase, with a unit in
 * brackets.
 */
export function recogniseColumn(name: string): NamedColumn | undefined {
  const { bare, unit } = partsOf(name);
  const field = certain[plain(bare)];
  if (field === undefined) return undefined;
  return unit === undefined || !isMeasure(field) ? { field } : { field, unit };
}

/** The field that a column may be, for a person to confirm. */
export function guessColumn(name: string, field: FieldName): NamedColumn | undefined {
  const { bare, unit } = partsOf(name);
  if (!likely[field].test(plain(bare)) && certain[plain(bare)] !== field) return undefined;
  return unit === undefined ? { field } : { field, unit };
}

export const isMeasure = (field: FieldName): field is MeasureName =>
  field !== 'Location' && field !== 'Date_Time';

/** How many of the fields a row names: a header names most of them. */
export function countFields(cells: readonly string[]): number {
  return new Set(cells.map((cell) => recogniseColumn(cell)?.field).filter((field) => field !== undefined))
    .size;
}
