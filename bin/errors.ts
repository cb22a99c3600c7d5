// `npm run errors`: lists, corrects, redrives and ignores records that could not be processed.
import { readEnv } from '../lambdas/shared/aws/env.ts';
import { connectProducer, type KafkaOptions, kafkaSettings } from '../lambdas/shared/kafka/kafka-producer.ts';
import { connectDatabase, type Database } from '../lambdas/shared/postgres/database.ts';
import { readEndpoints } from '../localstack/endpoints.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { correctedText } from './errors/correct.ts';
import { errorsTable } from './errors/errors-table.ts';
import { type Command, readCommand, type Selection, usage } from './errors/options.ts';
import { redrive } from './errors/redrive.ts';
import { renderError, renderList } from './errors/view.ts';

const { DATABASE_URL: databaseUrl, DATABASE_TLS_CA_FILE: tlsCaFile } = process.env;
const view = viewOf(process.stdout, process.env);
const print = (...lines: string[]) => console.log(lines.join('\n'));

try {
  const command = readCommand(process.argv.slice(2));
  if (command.name === 'help') print(usage);
  else await onDatabase(command);
} catch (error) {
  console.error(`errors: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function onDatabase(command: Exclude<Command, { name: 'help' }>): Promise<void> {
  const database = connectDatabase({ credentials: async () => credentials(), tlsCaFile });
  try {
    await run(command, database);
  } finally {
    await database.close();
  }
}

async function run(command: Exclude<Command, { name: 'help' }>, database: Database): Promise<void> {
  const table = errorsTable(database);
  switch (command.name) {
    case 'list': {
      const rows = await table.list(command.selection, command);
      if (command.json) return print(JSON.stringify(rows));
      return print(...renderList(rows, view));
    }
    case 'show': {
      const row = await table.show(command.id);
      return print(...(command.json ? [JSON.stringify(row)] : renderError(row, view)));
    }
    case 'fix': {
      const { id, correction } = command;
      const row = await table.show(id);
      const corrected = correctedText(row, correction);
      if (!(await table.correct(id, corrected)))
        throw new Error(`Error ${id} is ${row.status}. Only NEW errors can be corrected.`);
      return print(`Corrected error ${id}:`, corrected, `To send it: npm run errors -- redrive ${id}`);
    }
    case 'ignore':
      return print(`${await table.ignore(command.selection)} ignored`);
    case 'redrive':
      return redriveAll(command.selection, table);
  }
}

async function redriveAll(selection: Selection, table: ReturnType<typeof errorsTable>): Promise<void> {
  const producer = connectProducer(kafka());
  try {
    const { redriven, invalid } = await redrive(selection, { ...table, send: producer.send });
    print(`${redriven} redriven`);
    const shown = invalid.slice(0, 10).map(({ id, reason }) => `  ${id}  ${reason}`);
    if (invalid.length > 0)
      print(
        `${invalid.length} not sent, since they are invalid. Correct them with \`npm run errors -- fix\`:`,
        ...shown,
      );
  } finally {
    await producer.close();
  }
}

function credentials() {
  const address = databaseUrl ?? readEndpoints()?.postgresUrl;
  if (address === undefined)
    throw new Error('The local platform is not running. Start it with `npm start`, or set DATABASE_URL.');
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
  const endpoints = databaseUrl === undefined ? readEndpoints() : undefined;
  if (endpoints) return { brokers: [...endpoints.kafkaBrokers], auth: 'none' };
  return readEnv(kafkaSettings);
}
