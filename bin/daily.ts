// `npm run daily -- 2024-01-01`: builds the daily summary of a day on the local platform, and prints it.
import { connectDatabase } from '../lambdas/shared/postgres/database.ts';
import type { Endpoints } from '../localstack/endpoints.ts';
import { existingTime } from '../localstack/generator/option-values.ts';
import { localLogin } from '../localstack/platform/database-login.ts';
import { inSeconds } from '../localstack/run/follow-workflow.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderRecords } from '../localstack/terminal/table.ts';
import { readArguments, runCommand, UsageError } from './shared/command.ts';
import { messageOf, runWorkflow } from './shared/run-workflow.ts';
import { runningPlatform } from './shared/running-platform.ts';

const descriptions = {
  CheckDay: 'checks that the day is complete',
  WaitForTheDay: 'waits until the day is complete',
  Summarize: 'Spark compacts the day and builds its summary',
  CheckQuality: 'checks the summary',
  LoadSummary: 'loads the summary into Postgres',
  PublishPartitions: 'publishes the day in the tables of the lake',
  ExpireRuns: 'removes files of runs that were superseded more than a day ago',
  Report: 'writes the Slack message',
  TellSlack: 'sends it to Slack',
};

const summarySql = `
  select location, observations::int, round(temperature_c_min::numeric, 1) as "min °C",
         round(temperature_c_mean::numeric, 1) as "mean °C", round(temperature_c_max::numeric, 1) as "max °C",
         rain_hours as "rain h", hours_seen as "hours", alerts::int
    from daily_weather_summary
   where day = $1
   order by observations desc, location
   limit 20`;

await runCommand('daily', async () => {
  const day = readDay();
  const endpoints = runningPlatform();
  const ended = await runWorkflow(endpoints, 'daily', { day }, descriptions);
  const { status, startedAtMs, endedAtMs, output, failure } = ended;
  if (status === 'SUCCEEDED') await printSummary(endpoints, day);
  const message = messageOf(output);
  if (message && status === 'SUCCEEDED') console.log(notesOf(message.body).join('\n'));
  const took = inSeconds((endedAtMs ?? startedAtMs) - startedAtMs);
  console.log(`${status} in ${took}: ${message?.title ?? failure ?? ''}`);
  return status === 'SUCCEEDED' ? 0 : 1;
});

/** The lines of the report around its table: what changed, and what a person should know. */
function notesOf(body: string): string[] {
  const [before = '', , after = ''] = body.split('```');
  return `${before}${after}`
    .split('\n')
    .map((line) => line.replace(':warning:', '!').replaceAll('*', ''))
    .filter((line) => line.trim() !== '');
}

/** @throws UsageError for a day that does not exist */
function readDay(): string {
  const { positionals } = readArguments({ options: {}, allowPositionals: true });
  const [day, ...rest] = positionals;
  if (day === undefined || rest.length > 0) throw new UsageError('Give one day');
  if (!/^\d{4}-\d\d-\d\d$/.test(day) || existingTime(day) === undefined)
    throw new UsageError(`found ${day}, expected a day that exists, such as 2024-01-31`);
  return day;
}

/** Prints the summary of the 20 locations with the most observations. */
async function printSummary(endpoints: Endpoints, ofDay: string): Promise<void> {
  const database = connectDatabase(localLogin(endpoints, 'reader'));
  try {
    const rows = await database.query(summarySql, [ofDay]);
    console.log(renderRecords(rows, viewOf(process.stdout, process.env)).join('\n'));
  } finally {
    await database.close();
  }
}
