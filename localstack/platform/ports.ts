import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';

type PortsOf<Name extends string> = Record<Name, number>;

const canListen = (port: number) =>
  new Promise<number | undefined>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });

/** A second clone then listens on numbers that a person can tell from those of the first. */
const step = 100;
const highestPort = 32_000; // Linux hands out the ports above for outgoing connections

/**
 * A different free port for each name: the preferred one if it is free, otherwise one that is a multiple of
 * 100 higher. A preferred port of 0 stands for any.
 */
export async function choosePorts<Name extends string>(
  preferred: Readonly<PortsOf<Name>>,
): Promise<PortsOf<Name>> {
  const chosen = {} as PortsOf<Name>;
  const taken = new Set<number>();
  for (const [name, port] of Object.entries(preferred) as [Name, number][]) {
    let wanted = port;
    let free: number | undefined;
    while (free === undefined || taken.has(free)) {
      free = taken.has(wanted) && wanted > 0 ? undefined : await canListen(wanted);
      wanted = wanted === 0 || wanted + step > highestPort ? 0 : wanted + step;
    }
    chosen[name] = free;
    taken.add(free);
  }
  return chosen;
}

/**
 * The ports from `base` on, one for each name.
 * @throws Error when one of them is in use
 */
export async function pinPorts<Name extends string>(
  names: readonly Name[],
  base: number,
): Promise<PortsOf<Name>> {
  const pinned = Object.fromEntries(names.map((name, place) => [name, base + place])) as PortsOf<Name>;
  for (const [name, port] of Object.entries(pinned))
    if ((await canListen(port as number)) === undefined)
      throw new Error(
        `--ports ${base}: port ${port}, for ${name}, is in use. Ports ${base} to ${base + names.length - 1} are needed.`,
      );
  return pinned;
}

const fileOf = (stateDir: string) => path.join(stateDir, 'ports.json');

/** The ports of the last start, so that addresses stay the same. */
export function lastPorts(stateDir: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(readFileSync(fileOf(stateDir), 'utf8')));
  } catch {
    return {};
  }
}

export const rememberPorts = (stateDir: string, ports: PortsOf<string>) =>
  writeFileSync(fileOf(stateDir), `${JSON.stringify(ports, null, 2)}\n`);

/** These ports, or the last ones of the same names. */
export function preferredPorts<Name extends string>(
  wellKnown: Readonly<PortsOf<Name>>,
  last: Readonly<Record<string, unknown>>,
): PortsOf<Name> {
  return Object.fromEntries(
    Object.entries(wellKnown).map(([name, port]) => {
      const known = last[name];
      return [name, typeof known === 'number' && known > 0 && known < 65_536 ? known : port];
    }),
  ) as PortsOf<Name>;
}
