import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { connectDatabase } from '../../../lambdas/shared/postgres/database.ts';
import { observationFields } from '../../../lambdas/shared/wire/observation.ts';
import { stages } from '../../../lib/config.ts';
import { checkSelection } from '../../errors/check-selection.ts';
import { fieldCells, isTransaction } from '../../errors/correct.ts';
import { errorsTable } from '../../errors/errors-table.ts';
import { fixOne } from '../../errors/fix-one.ts';
import { isOfFile } from '../../errors/redrive-files.ts';
import { redriveOn } from '../../errors/redrive-on.ts';
import type { Fields, Selection } from '../../errors/selection.ts';
import { localLogin } from '../../platform/database-login.ts';
import { localAccount } from '../../platform/local-account.ts';
import type { EditableError, FixedError, IgnoredErrors, RedrivenErrors } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';
import { incomingQueue } from './stages.ts';

const { observationLimits: limits } = stages.local;
/** More invalid rows than this are counted, and not listed. */
const shownInvalid = 20;

/** Corrects, redrives and ignores errors, by the code of `npm run errors`. */
export function openErrorActions({ endpoints }: Sources) {
  const database = connectDatabase(localLogin(endpoints, 'weather'));
  const table = errorsTable(database);
  const lake = () => ({
    bucket: endpoints.lakeBucket,
    queue: incomingQueue,
    account: localAccount(endpoints),
  });
  const selectionIn = async (request: IncomingMessage) => {
    const selection = selectionOf(await json(request));
    await refusing(() => checkSelection(selection, table));
    return selection;
  };

  return {
    one: async (parameters: URLSearchParams): Promise<EditableError> => {
      const row = await refusing(() => table.show(idOf(parameters.get('id'))));
      const { id, status, fields } = row;
      const canEdit = status === 'NEW' && !isOfFile(row) && !isTransaction(row);
      const cells = canEdit ? fieldCells(row) : [];
      return {
        id,
        canEdit,
        cells: canEdit
          ? observationFields.map((name, place) => ({
              name,
              value: cells[place] ?? '',
              isWrong: fields.includes(name),
            }))
          : [],
      };
    },

    fix: async (parameters: URLSearchParams, request: IncomingMessage): Promise<FixedError> => {
      const fields = fieldsOf(await json(request));
      const id = idOf(parameters.get('id'));
      const { text, fault } = await refusing(() => fixOne(id, { fields }, { ...table, limits }));
      return { text, fault: fault ?? null };
    },

    redrive: async (request: IncomingMessage): Promise<RedrivenErrors> => {
      const selection = await selectionIn(request);
      const kafka = { brokers: [...endpoints.kafkaBrokers], auth: 'none' as const };
      const { redriven, files, invalid } = await redriveOn(selection, { database, kafka, lake, limits });
      return { redriven, files, invalid: invalid.length, reasons: invalid.slice(0, shownInvalid) };
    },

    ignore: async (request: IncomingMessage): Promise<IgnoredErrors> => ({
      ignored: await table.ignore(await selectionIn(request)),
    }),

    close: () => database.close(),
  };
}

/** What a command would refuse, the page is told in the same words. */
async function refusing<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    throw new Refused(400, error instanceof Error ? error.message : String(error));
  }
}

function idOf(value: unknown): number {
  const id = Number(value);
  if (!Number.isSafeInteger(id) || id < 1) throw new Refused(400, `${value} is no id of an error.`);
  return id;
}

/** At least one value, so that no mistake selects all errors. @throws Refused for anything else */
export function selectionOf(body: unknown): Selection {
  const { ids, type, file, ...others } = Object(body) as Record<string, unknown>;
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
  const unknown = Object.keys(others);
  if (unknown.length > 0) throw new Refused(400, `Errors are not selected by ${unknown.join(', ')}.`);
  const selection: Selection = {
    ...(Array.isArray(ids) ? { ids: ids.map(idOf) } : {}),
    ...(isText(type) ? { type } : {}),
    ...(isText(file) ? { file } : {}),
  };
  if (Object.keys(selection).length === 0)
    throw new Refused(400, 'Select errors by ids, type or file first.');
  return selection;
}

/** @throws Refused unless there are values for fields of an observation */
export function fieldsOf(body: unknown): Fields {
  const { fields } = Object(body) as { fields?: unknown };
  const entries = Object.entries(Object(fields));
  const isKnown = ([name, value]: [string, unknown]) =>
    observationFields.some((field) => field === name) && typeof value === 'string';
  if (entries.length === 0 || !entries.every(isKnown))
    throw new Refused(400, `Give a text for at least one of ${observationFields.join(', ')}.`);
  return Object.fromEntries(entries) as Fields;
}
