// `npm run audit`: compares the lake with the ledger and the topic, and prints the differences. Exits with 1
// for any finding, and when the audit failed.
import { viewOf } from '../localstack/terminal/screen.ts';
import { waitFor } from '../localstack/wait-for.ts';
import { auditLanding } from './audit/audit-landing.ts';
import { countFindings, renderAudit } from './audit/render-audit.ts';
import { environmentTarget, landing, localTarget, openTarget } from './audit/target.ts';
import { readArguments, runCommand, UsageError } from './shared/command.ts';
import { runningPlatform } from './shared/running-platform.ts';
import { whileWorking } from './shared/while-working.ts';

await runCommand('audit', async () => {
  const { values } = readArguments({
    options: {
      wait: { type: 'string' },
      json: { type: 'boolean', default: false },
      env: { type: 'boolean', default: false },
    },
  });
  const waitMs = values.wait === undefined ? undefined : Number(values.wait) * 1000;
  if (Number.isNaN(waitMs)) throw new UsageError(`--wait ${values.wait}: expected a number of seconds`);

  const startedAt = Date.now();
  const target = await openTarget(
    values.env ? environmentTarget(process.env) : localTarget(runningPlatform('Add --env to audit AWS.')),
  );
  try {
    if (waitMs !== undefined) {
      const landed = () => waitFor('every record to land', target.isDrained, { deadlineMs: waitMs });
      await whileWorking('Waiting until every record has landed', landed);
    }
    const comparison = async () => auditLanding(landing.topic, landing.consumer, await target.generations());
    const audit = await whileWorking('Comparing the lake with the ledger and the topic', comparison);
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
});
