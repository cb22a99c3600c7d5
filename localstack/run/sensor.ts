import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from '../platform/local-account.ts';

const machineArn = (region: string, name: string) =>
  `arn:aws:states:${region}:000000000000:stateMachine:isobar-local-${name}`;

export interface Sensor {
  /** Does at once what the rule does each hour: starts the sensor for this hour, unless it runs. */
  start(): Promise<void>;
  /** The hour that it watches (2024-07-01T12), or undefined when it does not run. */
  watchedHour(): Promise<string | undefined>;
  close(): void;
}

/** The sensor workflow of the platform at these endpoints. Close it: it holds connections. */
export function openSensor(endpoints: Pick<Endpoints, 'awsEndpointUrl' | 'region'>): Sensor {
  const client = new SFNClient(localAccount(endpoints));
  const { region } = endpoints;
  return {
    async start() {
      const stateMachineArn = machineArn(region, 'sensor-starter');
      await client.send(new StartExecutionCommand({ stateMachineArn }));
    },
    async watchedHour() {
      const stateMachineArn = machineArn(region, 'sensor');
      const { executions = [] } = await client.send(
        new ListExecutionsCommand({ stateMachineArn, statusFilter: 'RUNNING' }),
      );
      return executions[0]?.name;
    },
    close: () => client.destroy(),
  };
}
