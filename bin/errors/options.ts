import { parseArgs } from 'node:util';

/** The selected errors. An absent field does not restrict the selection. */
export interface Selection {
  readonly ids?: readonly number[];
  readonly type?: string;
  /** Part of the file's name. */
  readonly file?: string;
  readonly since?: Date;
  readonly until?: Date;
}

export type Command =
  | { readonly name: 'help' }
  | {
      readonly name: 'list';
      readonly selection: Selection;
      readonly all: boolean;
      readonly limit: number;
      readonly json: boolean;
    }
  | { readonly name: 'show'; readonly id: number; readonly json: boolean }
  | { readonly name: 'fix'; readonly id: number; readonly correction: Correction }
  | { readonly name: 'redrive' | 'ignore'; readonly selection: Selection };

/** A new row, or new values for some of its fields. */
export type Correction = { readonly row: string } | { readonly fields: Readonly<Record<string, string>> };

export const usage = `npm run errors -- COMMAND
  list [WHICH] [--all] [--limit N] [--json]   list open errors; --all includes settled errors
  show ID [--json]                            show one error
  fix ID --set FIELD=VALUE …                  correct fields of its row
  fix ID --row TEXT                           replace its row, by JSON or CSV
  redrive ID … | WHICH | --all                send corrected and valid records again, each once
  ignore ID … | WHICH | --all                 settle errors without sending their records

WHICH is one or more of --type TYPE, --file PART-OF-NAME, --since TIME, --until TIME.
A TIME is 2024-08-01 or 2024-08-01T12:00Z.

The commands use the local platform. For AWS, set DATABASE_URL (and DATABASE_TLS_CA_FILE).
To redrive there, also set KAFKA_BROKERS, KAFKA_AUTH (none or iam) and AWS_REGION.`;

const options = {
  type: { type: 'string' },
  file: { type: 'string' },
  since: { type: 'string' },
  until: { type: 'string' },
  all: { type: 'boolean', default: false },
  limit: { type: 'string', default: '50' },
  json: { type: 'boolean', default: false },
  set: { type: 'string', multiple: true },
  row: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** @throws Error that names the wrong argument */
export function readCommand(args: readonly string[]): Command {
  const { values, positionals } = parseArgs({ args: [...args], options, allowPositionals: true });
  const [name, ...rest] = positionals;
  if (values.help || name === undefined) return { name: 'help' };
  const ids = rest.map(idOf);
  switch (name) {
    case 'list':
      return {
        name,
        selection: selectionOf(ids, values),
        all: values.all,
        limit: idOf(values.limit),
        json: values.json,
      };
    case 'show':
      return { name, id: onlyId(name, ids), json: values.json };
    case 'fix':
      return { name, id: onlyId(name, ids), correction: correctionOf(values) };
    case 'redrive':
    case 'ignore': {
      const selection = selectionOf(ids, values);
      if (Object.keys(selection).length === 0 && !values.all)
        throw new Error(`${name} needs ids, a selection such as --type TYPE, or --all`);
      return { name, selection };
    }
    default:
      throw new Error(`Unknown command ${name}: use list, show, fix, redrive or ignore`);
  }
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

type Values = { readonly [K in 'type' | 'file' | 'since' | 'until']?: string | undefined };

function selectionOf(ids: readonly number[], { type, file, since, until }: Values): Selection {
  return {
    ...(ids.length > 0 ? { ids } : {}),
    ...(type !== undefined ? { type } : {}),
    ...(file !== undefined ? { file } : {}),
    ...(since !== undefined ? { since: timeOf(since) } : {}),
    ...(until !== undefined ? { until: timeOf(until) } : {}),
  };
}

function timeOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime()))
    throw new Error(`${text} is not a time: write 2024-08-01 or 2024-08-01T12:00Z`);
  return time;
}

function correctionOf({ set, row }: { set?: string[]; row?: string }): Correction {
  if (row !== undefined && set === undefined) return { row };
  if (row !== undefined || set === undefined)
    throw new Error('fix needs either --set FIELD=VALUE or --row TEXT');
  const fields = set.map((text) => {
    const at = text.indexOf('=');
    if (at < 1) throw new Error(`--set ${text}: write FIELD=VALUE`);
    return [text.slice(0, at), text.slice(at + 1)] as const;
  });
  return { fields: Object.fromEntries(fields) };
}
