// Runs one broker briefly, so that later ones start twice as fast: its JVM archives the loaded classes, and
// what Kafka's tool wrote to its disk is kept.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Kafka, logLevel } from 'kafkajs';
import { kafkaArchive, kafkaBootstrap } from '../../setup/tools.mjs';
import { waitFor } from '../../wait-for.ts';
import { choosePorts } from '../ports.ts';
import { prepareFirstBroker } from './broker.ts';

const { values } = parseArgs({ options: { java: { type: 'string', default: 'java' } } });

const written = `${kafkaBootstrap}.part`;
// All are read-only.
for (const file of [kafkaArchive, kafkaBootstrap, written]) rmSync(file, { force: true });
const dir = mkdtempSync(path.join(tmpdir(), 'isobar-archive-'));
const { port, controllerPort } = await choosePorts({ port: 0, controllerPort: 0 });
const node = { id: 1, port, controllerPort };
const { format, bootstrap, runAndArchive } = prepareFirstBroker(node, dir);
execFileSync(values.java, format);
copyFileSync(bootstrap, written); // the broker removes it
const broker = spawn(values.java, runAndArchive, { stdio: 'inherit' });
try {
  const kafka = new Kafka({
    brokers: [`127.0.0.1:${port}`],
    logLevel: logLevel.NOTHING,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  await waitFor('the broker to answer', () => admin.connect().then(() => true), {
    deadlineMs: 120_000,
  });
  await admin.createTopics({ topics: [{ topic: 'training' }], timeout: 20_000 });
  await admin.disconnect();
  const exited = once(broker, 'exit');
  broker.kill('SIGTERM');
  await exited;
  renameSync(written, kafkaBootstrap); // last: without it the set-up begins anew
} finally {
  broker.kill('SIGKILL');
  rmSync(dir, { recursive: true, force: true });
}
