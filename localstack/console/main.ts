// The console: a page about the local platform, and the server that it reads from.
import { parseArgs } from 'node:util';
import { openConsole } from './console.ts';
import { buildPage } from './page-assets.ts';
import { startConsoleServer } from './server.ts';

const { values } = parseArgs({
  options: { port: { type: 'string', default: '0' }, 'state-dir': { type: 'string' } },
});
const stateDir = values['state-dir'];
if (!stateDir) throw new Error('--state-dir is missing: give the folder of the platform to show');

const { reads, documents, acts, close } = openConsole(stateDir);
const server = await startConsoleServer({
  port: Number(values.port),
  assets: await buildPage(),
  reads,
  documents,
  acts,
});
console.log(JSON.stringify({ event: 'ready', url: server.url }));

for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void Promise.all([server.close(), close()]).then(() => process.exit(0)));
