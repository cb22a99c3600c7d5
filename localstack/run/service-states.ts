import { connect } from 'node:net';
import { isAlive, processList } from '../platform/processes.ts';
import type { ServiceStatus } from '../terminal/state.ts';

/** The processes of the platform in `stateDir`, and whether each of them runs and accepts connections. */
export function serviceStates(stateDir: string): Promise<ServiceStatus[]> {
  return Promise.all(
    processList(stateDir)
      .read()
      .sort((one, other) => one.name.localeCompare(other.name))
      .map(async (record) => {
        const { name, pid, address } = record;
        if (!isAlive(record)) return { name, pid: undefined, address, health: 'stopped' as const };
        const answers = address === '' || (await acceptsConnections(address));
        return { name, pid, address, health: answers ? ('healthy' as const) : ('unhealthy' as const) };
      }),
  );
}

function acceptsConnections(address: string): Promise<boolean> {
  const { hostname, port } = new URL(address.includes('://') ? address : `tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port), timeout: 2_000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', () => end(true));
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
  });
}
