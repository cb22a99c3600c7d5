// `npm run audit`: compares the lake with the ledger and the topic, and prints the differences. Exits with 1
// for any finding, and with 2 when the audit failed.
import { parseArgs } from 'node:util';
import { viewOf } from '../localstack/terminal/screen.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { auditLanding } from './audit/audit-landing.ts';
import { countFindings, renderAudit } from './audit/render-audit.ts';
import { environmentTarget, landing, localTarget, openTarget } from './audit/target.ts';
import { runningPlatform } from './shared/running-platform.ts';

const usage = `npm run audit [-- options]
  Compares the lake with the ledger and the topic, and prints the differences.
  Exit code 1: there are findings. Exit code 2: the audit failed.
  --wait N   before the audit, wait up to N seconds until every record has landed
  --json     print JSON, with up to 100 findings of each kind
  --env      audit AWS instead of the local platform: needs the usual AWS variables, and those of the function
             land-observations (KAFKA_BROKERS, KAFKA_AUTH, LAKE_BUCKET, DATABASE_SECRET_ARN, DATABASE_TLS_CA_FILE)`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      wait: { type: 'string' },
      json: { type: 'boolean', default: false },
      env: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const waitMs = values.wait === undefined ? undefined : Number(values.wait) * 1000;
  if (Number.isNaN(waitMs)) throw new Error(`--wait ${values.wait}: give a number of seconds\n\n${usage}`);

  const startedAt = Date.now();
  const target = await openTarget(
    values.env ? environmentTarget(process.env) : localTarget(runningPlatform('Add --env to audit AWS.')),
  );
  try {
    if (waitMs !== undefined) await waitFor('every record to land', target.isDrained, { deadlineMs: waitMs });
    const audit = await auditLanding(landing.topic, landing.consumer, target);
    console.log(
      values.json
        ? JSON.stringify(audit, null, 2)
        : renderAudit(audit, {
            ...viewOf(process.stdout, process.env),
            tookMs: Date.now() - startedAt,
          }).join('\n'),
    );
    return countFindings(audit) === 0 ? 0 : 1;
  } finally {
    await target.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const causes = function* (cause: unknown): Generator<string> {
    if (!(cause instanceof Error)) return;
    yield cause.message;
    yield* causes(cause.cause);
  };
  console.error([...causes(error)].join(': '));
  process.exitCode = 2;
}
