import { observationFields } from '../../shared/wire/observation.ts';
import { type MeasureName, unitAtEnd } from './units.ts';

export type FieldName = (typeof observationFields)[number];

/** The meaning of a column, by its name alone. */
export interface NamedColumn {
  readonly field: FieldName;
  /** From the end of the name: `Temperature (°F)`, `wind_mph`. */
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

/** Names that people and providers give to these columns, also in other languages. */
const likely: Readonly<Record<FieldName, RegExp>> = {
  Location:
    /^(station|stationname|stationid|city|place|site|name|region|ort$|stadt|ville|ciudad|usaf|wban|stn|stnid|stnnm|stationsid|지점|관측소|地点|観測所|站)/,
  Date_Time:
    /^(date|time|timestamp|datetime|dt|valid|observed|mess|tm|localtime|utc|fecha|zeit|datum|heure|hora$|일시|시간|날짜|年月日|日時|时间|日期)/,
  Temperature_C: /^(temp|t2m|ta$|tmp|airtemp|drybulb|t?ttu|tt$|lufttemp|t$|기온|気温|气温|氣溫)/,
  Humidity_pct:
    /^(rh|hum|relhum|rhum|hm$|rftu|rfu|relativehum|u$|luftfeucht|습도|상대습도|湿度|相対湿度|相对湿度)/,
  Precipitation_mm: /^(prcp|precip|rain|pcp|rn|rr|r1|niederschlag|regen|pluie|lluvia|강수|降水|降雨)/,
  Wind_Speed_kmh: /^(wspd|wind(?!dir|gust|chill|di|richtung)|vent|viento|ws$|ff|wnd|풍속|風速|风速)/,
};
/** Without case, blanks and punctuation. */
export const plain = (name: string) =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]/gu, '');

/** Another zone than UTC that the name of a column of times hints at: `Date/Time (LST)`. */
export function zoneOf(name: string): string | undefined {
  const zone = partsOf(name).unit;
  return zone !== undefined && zoneInBrackets.test(zone) && !utc.test(zone) ? zone : undefined;
}

const utc = /^(utc?|gmt|z|zulu|universal time)$/i;
const zoneInBrackets = /^([a-z]{1,4}t|utc.*|gmt.*|local.*|[+-]\d{1,2}(:?\d\d)?|[a-z]+\/[a-z_/]+)$/i;

const unitInBrackets = /^(.*?)\s*[([{]\s*([^)\]}]*?)\s*[)\]}]\s*$/s;

/** A name without its unit in brackets, and the unit. */
export function partsOf(name: string): { readonly bare: string; readonly unit?: string } {
  const [, bare, unit] = unitInBrackets.exec(name) ?? [];
  return bare === undefined || unit === undefined || unit === '' ? { bare: name } : { bare, unit };
}

/** The unit in the name of a field's column: in brackets, or a known one at its end. */
export function unitOfName(name: string, field: FieldName): string | undefined {
  if (!isMeasure(field)) return undefined;
  return partsOf(name).unit ?? unitAtEnd(field, name.trimEnd());
}

/**
 * Recognises the name of a column: in any case, with blanks, underscores or in camelCase, with a unit in
 * brackets or at its end.
 */
export function recogniseColumn(name: string): NamedColumn | undefined {
  const { bare } = partsOf(name);
  const field = certain[plain(bare)] ?? measureWithUnit(bare);
  return field && namedColumn(name, field);
}

/** The measure that a name with a unit at its end leaves no doubt about: `Wind Speed mph`. */
function measureWithUnit(name: string): FieldName | undefined {
  return observationFields.find((field) => {
    const unit = isMeasure(field) ? unitAtEnd(field, name) : undefined;
    return unit !== undefined && certain[plain(name.slice(0, -unit.length))] === field;
  });
}

/** The field that a column may be, for a person to confirm. */
export function guessColumn(name: string, field: FieldName): NamedColumn | undefined {
  const isLikely = likely[field].test(plain(partsOf(name).bare)) || recogniseColumn(name)?.field === field;
  return isLikely ? namedColumn(name, field) : undefined;
}

function namedColumn(name: string, field: FieldName): NamedColumn {
  const unit = unitOfName(name, field);
  return unit === undefined ? { field } : { field, unit };
}

export const isMeasure = (field: FieldName): field is MeasureName =>
  field !== 'Location' && field !== 'Date_Time';

/** How many of the fields a row names: a header names most of them. */
export function countFields(cells: readonly string[]): number {
  return new Set(cells.map((cell) => recogniseColumn(cell)?.field).filter((field) => field !== undefined))
    .size;
}
