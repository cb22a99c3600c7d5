import { idPattern } from '../../shared/failures/fields.ts';

const versionShape = new RegExp(idPattern);

/** A version is part of object keys, so it has only the characters of an identifier. */
export const isModelVersion = (value: unknown): value is string =>
  typeof value === 'string' && versionShape.test(value);

/** Key of the object that names the model in use and that before it: `{"version": "…", "previous": "…"}`. */
export const currentModelKey = 'models/fraud/current';

/** Key of the object that names the challenger, which scores in shadow: `{"version": "…"}`. */
export const challengerModelKey = 'models/fraud/challenger';

/** Key of a file that train_fraud_model.py writes for each version. */
export const modelFileKey = (
  version: string,
  file: 'model.json' | 'reference.json' | 'golden.json' | 'report.html',
): string => `models/fraud/${version}/${file}`;

/** Reads the version from the text of a pointer. @throws Error that shows the text */
export const versionFrom = (text: string, key: string): string => pointerFrom(text, key).version;

/** The text of a pointer: of the object `currentModelKey` or `challengerModelKey`. */
export const pointerTo = (version: string, previous?: string): string =>
  JSON.stringify({ version, previous });

/** Reads that text. A pointer without a model before it, or of an older release, has no `previous`. */
export function pointerFrom(
  text: string,
  key: string,
): { readonly version: string; readonly previous?: string } {
  const { version, previous } = Object(parseJson(text)) as { version?: unknown; previous?: unknown };
  if (isModelVersion(version)) return isModelVersion(previous) ? { version, previous } : { version };
  throw new Error(`${key}: found ${text.slice(0, 60)}, expected {"version": "…"}`);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
