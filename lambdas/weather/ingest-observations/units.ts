/** A measure of an observation, by its field. */
export type MeasureName = 'Temperature_C' | 'Humidity_pct' | 'Precipitation_mm' | 'Wind_Speed_kmh';

/** To the unit of the field's name. */
type Conversion = (value: number) => number;

const same: Conversion = (value) => value;

/** Units that files have, as they are written, and how each becomes the unit of the field. */
const units: Readonly<Record<MeasureName, readonly (readonly [spellings: readonly string[], Conversion])[]>> =
  {
    Temperature_C: [
      [['°C', '℃', 'C', 'degC', 'deg C', 'Celsius'], same],
      [['°F', '℉', 'F', 'degF', 'deg F', 'Fahrenheit'], (value) => (value - 32) / 1.8],
      [['K', 'Kelvin'], (value) => value - 273.15],
    ],
    Humidity_pct: [
      [['%', 'pct', 'percent', '% RH', '%RH'], same],
      [['fraction', '1'], (value) => value * 100],
    ],
    Precipitation_mm: [
      [['mm', 'millimeter', 'millimetre', 'l/m²', 'l/m2', 'kg/m²', 'kg/m2'], same],
      [['cm'], (value) => value * 10],
      [['in', 'inch', 'inches'], (value) => value * 25.4],
    ],
    Wind_Speed_kmh: [
      [['km/h', 'kmh', 'kph', 'km h-1'], same],
      [['m/s', 'ms', 'mps', 'm s-1', 'm s⁻¹'], (value) => value * 3.6],
      [['kt', 'kn', 'kts', 'knots', 'knot'], (value) => value * 1.852],
      [['mph', 'mp/h', 'mi/h'], (value) => value * 1.609_344],
    ],
  };

/** Instruments measure to hundredths at best. What is finer comes from the conversion alone. */
const decimals = 4;

const written = (unit: string) => unit.trim().toLowerCase();

/**
 * @param scale of the values as they are written: 0.1 for tenths
 * @returns how a value in this unit becomes one in the field's own; undefined for a unit that is not known
 */
export function conversionOf(measure: MeasureName, unit: string, scale = 1): Conversion | undefined {
  const found = units[measure].find(([spellings]) =>
    spellings.some((each) => written(each) === written(unit)),
  );
  if (!found) return undefined;
  const [, convert] = found;
  if (convert === same && scale === 1) return same;
  return (value) => Number(convert(value * scale).toFixed(decimals));
}

/** Whether the unit is that of the field's name, in any spelling. */
export const isOwnUnit = (measure: MeasureName, unit: string) => conversionOf(measure, unit) === same;

/** Spellings that end a name also without a unit: `humidity_1` is a sensor's number. */
const needBrackets = ['1'];

/**
 * @param name of a column, such as `wind_mph` or `WindSpeedMph`
 * @returns the unit at its end, behind a mark, a blank or a change to a capital letter
 */
export function unitAtEnd(measure: MeasureName, name: string): string | undefined {
  const spellings = units[measure].flatMap(([each]) => each).filter((each) => !needBrackets.includes(each));
  return spellings
    .filter((unit) => {
      const before = name.slice(0, -unit.length);
      const end = name.slice(before.length);
      if (written(end) !== written(unit)) return false;
      return /[^\p{L}\p{N}]$/u.test(before) || (/\p{Ll}$/u.test(before) && /^\p{Lu}/u.test(end));
    })
    .toSorted((a, b) => b.length - a.length)[0];
}

/** The units of a measure, one spelling each, for a message. */
export const knownUnits = (measure: MeasureName): string[] => units[measure].map(([[first = '']]) => first);
