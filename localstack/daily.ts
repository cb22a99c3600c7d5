import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Endpoints } from './endpoints.ts';
import { localAccount } from './local-account.ts';

export interface Step {
  readonly state: string;
  readonly enteredAtMs: number;
}

export interface Progress {
  readonly status: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** The states entered so far, in their order. */
  readonly steps: readonly Step[];
  /** Once it has ended: what it ends with, or why it failed. */
  readonly output: unknown;
  readonly failure: string | undefined;
}

/** The daily workflow of the platform at these endpoints. Close it: it holds connections. */
export function openDailyWorkflow(endpoints: Pick<Endpoints, 'awsEndpointUrl' | 'region'>) {
  const client = new SFNClient(localAccount(endpoints));
  const stateMachineArn = `arn:aws:states:${endpoints.region}:000000000000:stateMachine:isobar-local-daily`;

  const stepsOf = async (executionArn: string): Promise<Step[]> => {
    const steps: Step[] = [];
    for await (const { events = [] } of paginateGetExecutionHistory({ client }, { executionArn })) {
      for (const { stateEnteredEventDetails, timestamp } of events) {
        if (stateEnteredEventDetails?.name !== undefined)
          steps.push({ state: stateEnteredEventDetails.name, enteredAtMs: timestamp?.getTime() ?? 0 });
      }
    }
    return steps;
  };

  return {
    /** Starts it for a day (2024-01-01) and returns the execution's ARN. */
    async start(day: string): Promise<string> {
      const { executionArn } = await client.send(
        new StartExecutionCommand({ stateMachineArn, input: JSON.stringify({ day }) }),
      );
      if (executionArn === undefined) throw new Error(`Starting the daily workflow for ${day} gave no ARN`);
      return executionArn;
    },

    async progress(executionArn: string): Promise<Progress> {
      const shown = await client.send(new DescribeExecutionCommand({ executionArn }));
      return {
        status: shown.status ?? 'UNKNOWN',
        startedAtMs: shown.startDate?.getTime() ?? 0,
        endedAtMs: shown.stopDate?.getTime(),
        steps: await stepsOf(executionArn),
        output: shown.output === undefined ? undefined : JSON.parse(shown.output),
        failure: shown.error === undefined ? undefined : `${shown.error}: ${shown.cause ?? ''}`,
      };
    },

    close: () => client.destroy(),
  };
}
