import { ListExecutionsCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import type { Endpoints } from '../endpoints.ts';
import { localAccount } from '../platform/local-account.ts';

const machineArn = (region: string, name: string) =>
  `arn:aws:states:${region}:000000000000:stateMachine:isobar-local-${name}`;

export interface Sensor {
  /** Starts the sensor for the current hour, as its hourly schedule does. Has no effect if it is running. */
  start(): Promise<void>;
  /** The hour that the sensor covers (2024-07-01T12), or undefined when it is not running. */
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
