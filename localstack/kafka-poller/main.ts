#!/usr/bin/env -S node --max-semi-space-size=4
import { createAws } from './aws.ts';
import { createBudget } from './budget.ts';
import { installCodecs } from './compression.ts';
import { type Config, readConfig, USAGE } from './config.ts';
import { createInvoke } from './invoke.ts';
import { patchKafkajs } from './kafkajs-patches/install.ts';
import { createResultReporter } from './last-result.ts';
import { createLog, type Log, messageOf } from './log.ts';
import { listMappings } from './mappings.ts';
import { createMetrics } from './metrics.ts';
import { serveMetrics } from './metrics-server.ts';
import { pollMapping } from './poll.ts';
import { createSharedEvents } from './shared-events.ts';
import { supervise } from './supervisor.ts';
import { createTemplateReader, type OnSkipped } from './templates.ts';

/** Limits over all mappings (budget.ts): the texts of records, and fetch responses that are not yet text. */
const MEMORY = { textBytes: 16 * 1024 * 1024, fetchBytes: 8 * 1024 * 1024 };
/** How long invokes in flight may take after the process was told to stop. */
const STOP_MS = 25_000;

async function main(config: Config, log: Log): Promise<void> {
  installCodecs();
  patchKafkajs();
  const aws = createAws(config);
  const invoke = createInvoke(aws, createSharedEvents(aws, config.endpoint));
  const metrics = createMetrics();
  const budget = createBudget(MEMORY);
  const stopping = new AbortController();
  const metricsPort =
    config.metricsPort === undefined ? undefined : (await serveMetrics(config.metricsPort, metrics)).port;

  for (const name of ['SIGTERM', 'SIGINT'] as const) {
    process.on(name, () => {
      log('info', 'stopping', { signal: name });
      stopping.abort();
      setTimeout(() => {
        log('warn', 'stopped-late', { afterMs: STOP_MS });
        process.exit(0);
      }, STOP_MS).unref();
    });
  }

  const skippedBefore = new Set<string>();
  const skipped: OnSkipped = (fields) => {
    // A stack is read again whenever it changes, but each reason is logged once.
    const key = JSON.stringify(fields);
    if (!skippedBefore.has(key)) log('warn', 'mapping-skipped', fields);
    skippedBefore.add(key);
  };

  log('info', 'ready', { endpoint: config.endpoint.href, metricsPort, pid: process.pid });
  await supervise(
    {
      list: config.fromTemplates
        ? createTemplateReader(aws, config.region, skipped)
        : () => listMappings(aws),
      poll: (mapping, signal) =>
        pollMapping(
          mapping,
          {
            ...config,
            aws,
            invoke,
            budget,
            metrics: metrics.mapping(mapping),
            report: createResultReporter(aws, mapping.uuid),
            log: (level, event, fields) => log(level, event, { mapping: mapping.uuid, ...fields }),
          },
          signal,
        ),
      log,
    },
    stopping.signal,
  );
}

/** kafkajs sets timers whose time has passed, which is harmless. Every other warning is logged. */
function logWarnings(log: Log): void {
  process.removeAllListeners('warning');
  process.on('warning', ({ name, message }) => {
    if (name !== 'TimeoutNegativeWarning') log('warn', 'node-warning', { name, message });
  });
}

try {
  const config = readConfig(process.argv.slice(2), process.env);
  if (config) {
    const log = createLog((line) => process.stdout.write(line), config.verbose);
    logWarnings(log);
    await main(config, log);
    process.exit(0);
  }
  process.stdout.write(USAGE);
} catch (error) {
  process.stderr.write(`kafka-poller: ${messageOf(error)}\n`);
  process.exitCode = 1;
}
