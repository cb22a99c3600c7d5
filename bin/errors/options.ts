import { parseArgs } from 'node:util';
import { observationFields } from '../../lambdas/shared/wire/observation.ts';
import type { BulkCorrection, Correction, Fields, Selection } from '../../localstack/errors/selection.ts';
import { existingTime } from '../../localstack/generator/option-values.ts';

/** Between the cells of an export. */
export type Separator = ',' | ';';

export type Command =
  | {
      readonly name: 'list';
      readonly selection: Selection;
      readonly all: boolean;
      readonly limit: number;
      readonly json: boolean;
    }
  | { readonly name: 'summary'; readonly selection: Selection; readonly all: boolean; readonly json: boolean }
  | { readonly name: 'show'; readonly id: number; readonly json: boolean }
  | { readonly name: 'fix'; readonly id: number; readonly correction: Correction }
  | ({ readonly name: 'fix-many'; readonly selection: Selection; readonly json: boolean } & BulkCorrection)
  | {
      readonly name: 'export';
      readonly selection: Selection;
      readonly to: string;
      readonly separator: Separator;
    }
  | {
      readonly name: 'import';
      readonly file: string;
      readonly encoding: string | undefined;
      readonly dryRun: boolean;
      readonly json: boolean;
    }
  | { readonly name: 'redrive' | 'ignore'; readonly selection: Selection };

const options = {
  type: { type: 'string' },
  file: { type: 'string' },
  field: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  all: { type: 'boolean', default: false },
  limit: { type: 'string', default: '50' },
  json: { type: 'boolean', default: false },
  where: { type: 'string', multiple: true },
  set: { type: 'string', multiple: true },
  row: { type: 'string' },
  to: { type: 'string' },
  semicolons: { type: 'boolean', default: false },
  encoding: { type: 'string' },
  'dry-run': { type: 'boolean', default: false },
} as const;

const parse = (args: readonly string[]) =>
  parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
type Values = ReturnType<typeof parse>['values'];

const readers: Readonly<Record<string, (ids: readonly number[], values: Values) => Command>> = {
  summary: (ids, values) => ({
    name: 'summary',
    selection: selectionOf(ids, values),
    all: values.all,
    json: values.json,
  }),
  list: (ids, values) => ({
    name: 'list',
    selection: selectionOf(ids, values),
    all: values.all,
    limit: idOf(values.limit),
    json: values.json,
  }),
  show: (ids, { json }) => ({ name: 'show', id: onlyId('show', ids), json }),
  fix: readFix,
  export: (ids, values) => {
    const { to, semicolons } = values;
    if (to === undefined) throw new Error('export needs --to FILE');
    return { name: 'export', selection: selectionOf(ids, values), to, separator: semicolons ? ';' : ',' };
  },
  redrive: (ids, values) => ({ name: 'redrive', selection: someSelection('redrive', ids, values) }),
  ignore: (ids, values) => ({ name: 'ignore', selection: someSelection('ignore', ids, values) }),
};

/** @throws Error that names the wrong argument */
export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  const [name, ...rest] = positionals;
  if (name === undefined) throw new Error('Give a command');
  if (name === 'import') return readImport(rest, values);
  const read = Object.hasOwn(readers, name) ? readers[name] : undefined;
  if (read === undefined)
    throw new Error(`Unknown command ${name}: use import, ${Object.keys(readers).join(', ')}`);
  return read(rest.map(idOf), values);
}

function readImport([file, ...others]: readonly string[], values: Values): Command {
  if (file === undefined || others.length > 0) throw new Error('import needs the name of one file');
  return { name: 'import', file, encoding: values.encoding, dryRun: values['dry-run'], json: values.json };
}

function readFix(ids: readonly number[], values: Values): Command {
  const { set, row, where, json } = values;
  const dryRun = values['dry-run'];
  const selection = selectionOf(ids, values);
  const isOne = ids.length === 1 && Object.keys(selection).length === 1 && where === undefined && !dryRun;
  if (row !== undefined && set !== undefined)
    throw new Error('fix needs either --set FIELD=VALUE or --row TEXT');
  if (row !== undefined) {
    if (!isOne) throw new Error('--row replaces the row of one error: give its id alone');
    return { name: 'fix', id: onlyId('fix', ids), correction: { row } };
  }
  if (set === undefined) throw new Error('fix needs either --set FIELD=VALUE or --row TEXT');
  const fields = fieldsOf('--set', set);
  if (isOne) return { name: 'fix', id: onlyId('fix', ids), correction: { fields } };
  return {
    name: 'fix-many',
    selection: where === undefined ? someSelection('fix', ids, values) : selection,
    where: fieldsOf('--where', where ?? []),
    set: fields,
    dryRun,
    json,
  };
}

function idOf(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Error(`${text} is not a whole number`);
  return Number(text);
}

function onlyId(name: string, ids: readonly number[]): number {
  const [id] = ids;
  if (id === undefined || ids.length > 1) throw new Error(`${name} needs the id of one error`);
  return id;
}

function selectionOf(ids: readonly number[], { type, file, field, since, until }: Values): Selection {
  return {
    ...(ids.length > 0 ? { ids } : {}),
    ...(type !== undefined ? { type } : {}),
    ...(file !== undefined ? { file } : {}),
    ...(field !== undefined ? { field } : {}),
    ...(since !== undefined ? { since: timeOf(since) } : {}),
    ...(until !== undefined ? { until: timeOf(until) } : {}),
  };
}

/** For commands that change errors: all of them only when asked for. */
function someSelection(name: string, ids: readonly number[], values: Values): Selection {
  const selection = selectionOf(ids, values);
  if (Object.keys(selection).length === 0 && !values.all)
    throw new Error(`${name} needs ids, a selection such as --type TYPE, or --all`);
  return selection;
}

function timeOf(text: string): Date {
  const time = existingTime(text);
  if (time === undefined) throw new Error(`${text} is not a time: write 2024-08-01 or 2024-08-01T12:00Z`);
  return time;
}

function fieldsOf(option: string, texts: readonly string[]): Fields {
  const fields = texts.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new Error(`${option} ${text}: write FIELD=VALUE`);
    const name = text.slice(0, at);
    if (!observationFields.some((field) => field === name))
      throw new Error(`Unknown field ${name}: use ${observationFields.join(', ')}`);
    return [name, text.slice(at + 1)] as const;
  });
  return Object.fromEntries(fields);
}
