import type { IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';
import { ListExecutionsCommand, ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { localAccount } from '../../platform/local-account.ts';
import { openDailyWorkflow } from '../../run/daily.ts';
import { openWorkflow } from '../../run/workflow.ts';
import type { Execution, ExecutionDetail, Started, Workflows } from '../contract.ts';
import { Refused } from '../server.ts';
import type { Sources } from '../sources.ts';

const prefix = 'isobar-local-';
const executionsEach = 10;

const about: Readonly<Record<string, string>> = {
  daily: 'Compacts a finished day with Spark, checks it and publishes it.',
  'daily-starter': 'Starts the daily workflow every night, for the day before and for corrected days.',
  sensor: 'Tells Slack, for an hour, of alerts and errors that nothing has told it of.',
  'sensor-starter': 'Starts the sensor every hour.',
  evaluation: 'Compares predictions with labels.',
  'evaluation-starter': 'Starts the evaluation, unless one runs.',
  retraining: 'Trains a model, and promotes it if it is better.',
};

/** The workflows of the platform, and their executions. */
export function openWorkflows({ endpoints, query }: Sources) {
  const client = new SFNClient(localAccount(endpoints));
  const daily = openDailyWorkflow(endpoints);
  const details = openWorkflow(endpoints, 'daily'); // it describes executions of every workflow

  return {
    list: async (): Promise<Workflows> => {
      const { stateMachines = [] } = await client.send(new ListStateMachinesCommand({}));
      const ours = stateMachines.filter(({ name }) => name?.startsWith(prefix));
      const workflows = ours.map(async ({ name = '', stateMachineArn }) => {
        const { executions = [] } = await client.send(
          new ListExecutionsCommand({ stateMachineArn, maxResults: executionsEach }),
        );
        const short = name.slice(prefix.length);
        return {
          name: short,
          about: about[short] ?? '',
          executions: executions.map(
            ({ executionArn = '', name: title = '', status = '', startDate, stopDate }): Execution => ({
              arn: executionArn,
              name: title,
              status,
              startedAtMs: startDate?.getTime() ?? 0,
              endedAtMs: stopDate?.getTime(),
            }),
          ),
        };
      });
      const [listed, days] = await Promise.all([
        Promise.all(workflows),
        query<{ day: string }>(
          `select distinct event_date::text as day from landed_days order by day desc limit 400`,
        ),
      ]);
      return { workflows: listed.sort(byActivity), days: days.map(({ day }) => day) };
    },

    execution: async (parameters: URLSearchParams): Promise<ExecutionDetail> => {
      const arn = parameters.get('arn') ?? '';
      if (!arn.includes(`:execution:${prefix}`))
        throw new Refused(400, `${arn} is no execution of this platform.`);
      const { steps, output, failure, ...progress } = await details.progress(arn);
      return {
        ...progress,
        steps,
        output: output === undefined ? null : JSON.stringify(output, null, 2),
        failure: failure ?? null,
      };
    },

    runDay: async (request: IncomingMessage): Promise<Started> => {
      const { day } = Object(await json(request)) as { day?: unknown };
      if (typeof day !== 'string' || !isDay(day))
        throw new Refused(400, `${day} is no day: write 2024-01-01.`);
      return { arn: await daily.start(day) };
    },

    close: () => {
      client.destroy();
      daily.close();
      details.close();
    },
  };
}

const newest = ({ executions }: { readonly executions: readonly Execution[] }) =>
  executions[0]?.startedAtMs ?? 0;
const byActivity = (one: Workflows['workflows'][number], other: Workflows['workflows'][number]) =>
  newest(other) - newest(one) || one.name.localeCompare(other.name);

/** A day that exists: 2024-02-30 does not. */
export const isDay = (text: string): boolean =>
  /^\d{4}-\d\d-\d\d$/.test(text) &&
  !Number.isNaN(Date.parse(text)) &&
  new Date(text).toISOString().startsWith(text);
