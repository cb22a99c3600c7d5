import { createServer } from 'node:net';

const canListen = (port: number) =>
  new Promise<number | undefined>((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : undefined));
    });
  });

/** A different free port for each name: the preferred one if it is free, otherwise any. */
export async function choosePorts<Name extends string>(
  preferred: Record<Name, number>,
): Promise<Record<Name, number>> {
  const chosen = {} as Record<Name, number>;
  const taken = new Set<number>();
  for (const [name, port] of Object.entries(preferred) as [Name, number][]) {
    let free = taken.has(port) ? undefined : await canListen(port);
    while (free === undefined || taken.has(free)) free = await canListen(0);
    chosen[name] = free;
    taken.add(free);
  }
  return chosen;
}
