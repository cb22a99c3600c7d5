// Lands the same records with this system and with a tuned Python consumer, in turn, on the same brokers and
// the same S3. See ../README.md.
import { execFile } from 'node:child_process';
import path from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { formatCount } from '../../localstack/terminal/text.ts';
import { cpuSeconds, cpuSecondsPerMillion } from '../cpu-seconds.ts';
import { measure, openPipeline, show } from '../deployed-pipeline.ts';
import { shownLoad } from '../load.ts';
import { openOwnPlatform } from '../own-platform.ts';

const run = promisify(execFile);
const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    rounds: { type: 'string', default: '3' },
    python: { type: 'string', default: 'python3' },
  },
});
const rows = Number(options.rows);
const consumer = 'land-observations';

const platform = await openOwnPlatform('peers', { deployed: true });
const { endpoints, stateDir } = platform;
const pipeline = openPipeline(endpoints, rows);
try {
  await Promise.race([compare(), platform.failed]);
} finally {
  await pipeline.close();
  await platform.remove();
}

async function compare(): Promise<void> {
  const python = await installPeer();
  for (const other of ['watch-weather', consumer]) await pipeline.setEnabled(other, false);
  for (let round = 1; round <= Number(options.rounds); round++) {
    console.log(`\nRound ${round}: ${formatCount(rows)} records`);
    const start = await pipeline.committed(consumer);
    await pipeline.ingest(round);
    await pipeline.setEnabled(consumer, true);
    await measure('this system', { stateDir, rows }, () => pipeline.consume(consumer, round * rows));
    await pipeline.setEnabled(consumer, false);
    await measurePeer(python, start, round);
  }
  console.log(`\nLoad: ${shownLoad()}`);
}

/** An environment of the peer alone, in the folder of the platform. */
async function installPeer(): Promise<string> {
  const venv = path.join(stateDir, 'peer');
  await run(options.python, ['-m', 'venv', venv]);
  const requirements = path.join(import.meta.dirname, 'requirements.txt');
  await run(path.join(venv, 'bin/pip'), ['install', '-q', '-r', requirements]);
  return path.join(venv, 'bin/python');
}

async function measurePeer(python: string, from: readonly number[], round: number): Promise<void> {
  const before = cpuSeconds(stateDir);
  const { stdout } = await run(python, [
    path.join(import.meta.dirname, 'land.py'),
    ...['--brokers', endpoints.kafkaBrokers.join(','), '--topic', 'weather-data', '--from', from.join(',')],
    ...['--records', String(rows), '--endpoint', endpoints.awsEndpointUrl, '--bucket', endpoints.lakeBucket],
    ...['--group', `peer-${round}`],
  ]);
  const { records, seconds, cpuSeconds: used } = JSON.parse(stdout);
  const platformUse = cpuSecondsPerMillion(before, cpuSeconds(stateDir), rows);
  const own = { name: 'python', perMillion: (used / records) * 1e6 };
  show('tuned Python consumer', records / seconds, [own, ...platformUse]);
}
