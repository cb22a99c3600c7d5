// `npm run generate -- observations`: makes weather, as files or as messages.
import path from 'node:path';
import { defaultStateDir, type Endpoints, readEndpoints } from '../localstack/endpoints.ts';
import { generateFiles } from '../localstack/generator/generate-files.ts';
import { generateLoad } from '../localstack/generator/generate-load.ts';
import {
  type FilesCommand,
  readCommand,
  type StressCommand,
  usage,
} from '../localstack/generator/options.ts';
import { dropToFolder } from '../localstack/generator/sinks.ts';
import { openIncoming } from '../localstack/incoming.ts';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());

const context = { nowMs: Date.now(), print: (line: string) => console.log(line), signal: stop.signal };

try {
  // npm runs scripts from the project's folder, wherever it was called from.
  const command = readCommand(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (command.mode === 'help') console.log(usage);
  else if (command.mode === 'files') await makeFiles(command);
  else await makeLoad(command);
} catch (error) {
  console.error(`generate: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function makeFiles(command: FilesCommand): Promise<void> {
  const checkpoint = command.checkpoint ?? path.join(defaultStateDir, 'generator.json');
  const drop = command.folder === undefined ? openIncoming(running()).drop : dropToFolder(command.folder);
  await generateFiles({ ...context, command, checkpoint, drop });
}

async function makeLoad(command: StressCommand): Promise<void> {
  await generateLoad({ ...context, command, brokers: command.brokers ?? running().kafkaBrokers });
}

function running(): Endpoints {
  const endpoints = readEndpoints();
  if (endpoints) return endpoints;
  throw new Error(
    'The local platform is not running: `npm start` starts it; --to or --brokers go elsewhere.',
  );
}
