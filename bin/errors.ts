// `npm run errors`: lists, corrects, redrives and ignores records that could not be processed.
import { createReadStream } from 'node:fs';
import { readEnv } from '../lambdas/shared/aws/env.ts';
import { type KafkaOptions, kafkaSettings } from '../lambdas/shared/kafka/kafka-producer.ts';
import { connectDatabase, type Database, type DatabaseOptions } from '../lambdas/shared/postgres/database.ts';
import type { Limits } from '../lambdas/shared/wire/limits.ts';
import { observationLimits } from '../lambdas/shared/wire/limits-config.ts';
import { stages } from '../lib/config.ts';
import { readEndpoints } from '../localstack/endpoints.ts';
import { checkSelection } from '../localstack/errors/check-selection.ts';
import { type ErrorsTable, errorsTable } from '../localstack/errors/errors-table.ts';
import { fixMany } from '../localstack/errors/fix-many.ts';
import { fixOne } from '../localstack/errors/fix-one.ts';
import { redriveOn } from '../localstack/errors/redrive-on.ts';
import type { FilesOptions } from '../localstack/errors/refused-files.ts';
import type { Correction, Selection } from '../localstack/errors/selection.ts';
import { localLogin } from '../localstack/platform/database-login.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { formatCount } from '../localstack/terminal/text.ts';
import { exportErrors } from './errors/export-errors.ts';
import { importErrors } from './errors/import-errors.ts';
import { type Command, readCommand } from './errors/options.ts';
import { errorsIn, renderSummary } from './errors/summary-view.ts';
import { renderError, renderFixed, renderImported, renderList, renderUnfixed } from './errors/view.ts';
import { checkArguments, runCommand } from './shared/command.ts';
import { runningPlatform, stateDir } from './shared/running-platform.ts';
import { whileWorking } from './shared/while-working.ts';

const { DATABASE_URL: databaseUrl, DATABASE_TLS_CA_FILE: tlsCaFile } = process.env;
const view = viewOf(process.stdout, process.env);
const readingCommands: readonly Command['name'][] = ['summary', 'list', 'show', 'export'];
const print = (...lines: string[]): undefined => void console.log(lines.join('\n'));
const printJson = (value: unknown) => print(JSON.stringify(value));
const counted = (showDetail: (detail: string) => void) => (errors: number) =>
  showDetail(`${formatCount(errors)} errors`);

await runCommand('errors', async () => {
  const command = checkArguments(() => readCommand(process.argv.slice(2)));
  const database = connectDatabase(databaseFor(command));
  try {
    return (await run(command, database)) ?? 0;
  } finally {
    await database.close();
  }
});

/** Returns the exit code, if it is not 0. */
async function run(command: Command, database: Database): Promise<number | undefined> {
  const table = errorsTable(database);
  if ('selection' in command) await checkSelection(command.selection, table);
  switch (command.name) {
    case 'summary': {
      const groups = await table.groups(command.selection, command);
      if (command.json) return printJson({ errors: errorsIn(groups), groups });
      return print(...renderSummary(groups, view));
    }
    case 'list': {
      const rows = await table.list(command.selection, command);
      if (command.json) return printJson(rows);
      return print(...renderList(rows, view));
    }
    case 'show': {
      const row = await table.show(command.id);
      if (command.json) return printJson(row);
      return print(...renderError(row, view));
    }
    case 'fix':
      return fix(command.id, command.correction, table);
    case 'fix-many': {
      const fixed = await whileWorking('Correcting', (showDetail) =>
        fixMany(command.selection, command, {
          ...table,
          limits: limits(),
          showProgress: counted(showDetail),
        }),
      );
      if (command.json) return printJson(fixed);
      return print(...renderFixed(fixed, command, view));
    }
    case 'export': {
      const exported = await whileWorking('Exporting', (showDetail) =>
        exportErrors(command.selection, command, { ...table, showProgress: counted(showDetail) }),
      );
      return print(
        `${exported} exported to ${command.to}. Correct the fields in a spreadsheet, save it as CSV UTF-8, then:`,
        `npm run errors -- import ${command.to}`,
      );
    }
    case 'import': {
      const imported = await whileWorking('Importing', (showDetail) =>
        importErrors(createReadStream(command.file), command, {
          ...table,
          limits: limits(),
          showProgress: counted(showDetail),
        }),
      );
      if (command.json) printJson(imported);
      else print(...renderImported(imported, command, view));
      return imported.stillWrong.length + imported.notTaken.length > 0 ? 1 : 0;
    }
    case 'ignore':
      return print(`${await table.ignore(command.selection)} ignored`);
    case 'redrive':
      return redriveAll(command.selection, database);
  }
}

async function fix(id: number, correction: Correction, table: ErrorsTable): Promise<undefined> {
  const { text, fields, fault } = await fixOne(id, correction, { ...table, limits: limits() });
  if (fault === undefined)
    return print(`Corrected error ${id}:`, text, `To send it: npm run errors -- redrive ${id}`);
  throw new Error(
    `Error ${id} is corrected, but still wrong: ${fault}\n` +
      `To go on: npm run errors -- fix ${id} --set ${fields[0] ?? 'FIELD'}=VALUE`,
  );
}

async function redriveAll(selection: Selection, database: Database): Promise<undefined> {
  const { redriven, files, invalid } = await whileWorking('Sending again', (showDetail) =>
    redriveOn(selection, {
      database,
      kafka: kafka(),
      lake,
      limits: limits(),
      showProgress: counted(showDetail),
    }),
  );
  print(`${redriven} redriven`, ...files.map((file) => `asked to ingest again: ${file}`));
  if (invalid.length > 0)
    print(
      `${invalid.length} not sent. Correct them with \`npm run errors -- fix\`, or files where they come from:`,
      ...renderUnfixed(invalid, view),
    );
}

/** What the functions accept: as configured for the local stage, or as the environment says for another. */
function limits(): Limits {
  const isLocal = databaseUrl === undefined || !process.env.OBSERVATION_LIMITS;
  return isLocal ? stages.local.observationLimits : readEnv(observationLimits);
}

/** Commands that write connect as the role of the functions that do the same. */
function databaseFor({ name }: Command): DatabaseOptions {
  if (databaseUrl !== undefined) return { credentials: async () => credentialsIn(databaseUrl), tlsCaFile };
  const role = readingCommands.includes(name) ? 'reader' : 'weather';
  return localLogin(runningPlatform('Set DATABASE_URL for AWS.'), role);
}

function credentialsIn(address: string) {
  const { hostname, port, username, password, pathname } = new URL(address);
  return {
    host: hostname,
    port: Number(port || 5432),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
  };
}

/**
 * The brokers of the same platform as the database: when DATABASE_URL is set, the environment must name them
 * too.
 */
function kafka(): KafkaOptions {
  const endpoints = databaseUrl === undefined ? readEndpoints(stateDir) : undefined;
  if (endpoints) return { brokers: [...endpoints.kafkaBrokers], auth: 'none' };
  return readEnv(kafkaSettings);
}

/** The lake and the queue of its new files. Read only when a refused file is to be ingested again. */
function lake(): FilesOptions {
  const endpoints = databaseUrl === undefined ? readEndpoints(stateDir) : undefined;
  if (endpoints)
    return {
      bucket: endpoints.lakeBucket,
      queue: 'isobar-local-incoming-files',
      account: localAccount(endpoints),
    };
  return readEnv((env) => ({
    bucket: env.text('LAKE_BUCKET'),
    queue: env.text('INCOMING_FILES_QUEUE_URL'),
    account: {},
  }));
}
