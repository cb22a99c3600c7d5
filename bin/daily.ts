// `npm run daily -- 2024-01-01`: runs the daily workflow for a day on the local platform, follows it, and shows the result.
import pg from 'pg';
import { readEndpoints } from '../localstack/endpoints.ts';
import { openDailyWorkflow } from '../localstack/run/daily.ts';
import { followWorkflow, inSeconds } from '../localstack/run/follow-workflow.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderRecords } from '../localstack/terminal/table.ts';

const [day] = process.argv.slice(2);
if (day === undefined || !/^\d{4}-\d\d-\d\d$/.test(day)) {
  console.error('Which day? Give one, in UTC: npm run daily -- 2024-01-01');
  process.exit(2);
}
const endpoints = readEndpoints();
if (!endpoints) {
  console.error('Nothing is running: `npm start` starts the platform.');
  process.exit(1);
}

const explained: Readonly<Record<string, string>> = {
  CheckDay: 'is the day complete?',
  WaitForTheDay: 'not yet; waiting',
  Summarize: 'Spark compacts the day and sums it up',
  CheckQuality: 'is the result good?',
  LoadSummary: 'into Postgres',
  PublishPartitions: 'into the tables of the lake',
  ExpireRuns: 'removes files of runs that were superseded more than a day ago',
  Report: 'a message about it',
  TellSlack: 'to Slack',
};

async function showSummary(postgresUrl: string): Promise<void> {
  const client = new pg.Client({ connectionString: postgresUrl });
  await client.connect();
  try {
    const { rows } = await client.query(
      `select location, observations::int, round(temperature_c_min::numeric, 1)::float8 as "min °C",
              round(temperature_c_mean::numeric, 1)::float8 as "mean °C", round(temperature_c_max::numeric, 1)::float8 as "max °C",
              rain_hours as "rain h", hours_seen as "hours", alerts::int
         from daily_weather_summary
        where day = $1
        order by observations desc, location
        limit 20`,
      [day],
    );
    console.log(renderRecords(rows, viewOf(process.stdout, process.env)).join('\n'));
  } finally {
    await client.end();
  }
}

const workflow = openDailyWorkflow(endpoints);
try {
  const { status, startedAtMs, endedAtMs, output, failure } = await followWorkflow(
    workflow,
    await workflow.start(day),
    explained,
  );
  const took = inSeconds((endedAtMs ?? startedAtMs) - startedAtMs);
  const { message } = Object(output) as { message?: { title: string; body: string } };
  if (status === 'SUCCEEDED') await showSummary(endpoints.postgresUrl);
  console.log(`${status} in ${took}: ${message?.title ?? failure ?? ''}`);
  process.exitCode = status === 'SUCCEEDED' ? 0 : 1;
} finally {
  workflow.close();
}
