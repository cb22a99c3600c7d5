// `npm run audit`: holds the lake against the ledger and the topic, and says where they disagree. Ends with 1 for any finding, and
// with 2 when it could not look.
import { parseArgs } from 'node:util';
import { defaultStateDir, readEndpoints } from '../localstack/endpoints.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { auditLanding } from './audit/audit-landing.ts';
import { countFindings, renderAudit } from './audit/render-audit.ts';
import { environmentTarget, landing, localTarget, openTarget, type Target } from './audit/target.ts';

const usage = `npm run audit [-- options]
  --wait N   first wait, at most N seconds, until every record has landed
  --json     print the audit as JSON, with up to 100 findings of each kind
  --env      audit what the environment names, and not the platform that runs here: KAFKA_BROKERS, KAFKA_AUTH, LAKE_BUCKET,
             DATABASE_SECRET_ARN and DATABASE_TLS_CA_FILE as the function land-observations has them, and AWS's own variables`;

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
  if (Number.isNaN(waitMs))
    throw new Error(`--wait ${values.wait}: expected a number of seconds\n\n${usage}`);

  const startedAt = Date.now();
  const target = await openTarget(values.env ? environmentTarget(process.env) : runningHere());
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

function runningHere(): Target {
  const endpoints = readEndpoints(defaultStateDir);
  if (!endpoints)
    throw new Error('Nothing is running: `npm start` starts the platform; `--env` audits another one.');
  return localTarget(endpoints);
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
