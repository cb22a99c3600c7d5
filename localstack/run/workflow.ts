import {
  DescribeExecutionCommand,
  paginateGetExecutionHistory,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from '../platform/local-account.ts';

interface Step {
  readonly state: string;
  readonly enteredAtMs: number;
}

export interface Progress {
  readonly status: string;
  readonly startedAtMs: number;
  readonly endedAtMs: number | undefined;
  /** The states entered so far, in order. */
  readonly steps: readonly Step[];
  /** Set when the execution has succeeded. */
  readonly output: unknown;
  /** Set when the execution has failed: the error and its cause. */
  readonly failure: string | undefined;
}

export type Workflow = ReturnType<typeof openWorkflow>;

/** A workflow of the local platform, by its name without the prefix. Close it: it holds connections. */
export function openWorkflow(endpoints: Pick<Endpoints, 'awsEndpointUrl' | 'region'>, name: string) {
  const client = new SFNClient(localAccount(endpoints));
  const stateMachineArn = `arn:aws:states:${endpoints.region}:000000000000:stateMachine:isobar-local-${name}`;

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
    /** Starts an execution and returns its ARN. */
    async start(input: object): Promise<string> {
      const { executionArn } = await client.send(
        new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }),
      );
      if (executionArn === undefined)
        throw new Error(`Starting the workflow ${name} returned no execution ARN`);
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
