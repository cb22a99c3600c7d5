// `npm run recover`: after a restore of the database, takes brokers and lake back to it and replays the rest.
import type { Stage } from '../lib/app-config.ts';
import { stageNamed, stages } from '../lib/config.ts';
import { cloudEnvironment } from '../lib/deploy/environment.ts';
import { localAccount } from '../localstack/platform/local-account.ts';
import { drain } from '../localstack/run/drain.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { type Consumers, readConsumers, switchMappings } from './recover/mappings.ts';
import { announce, findUnknown } from './recover/notices.ts';
import { readLeft, sourcesOf } from './recover/positions.ts';
import { carryOut, pause, phaseOf, planRecovery, whyNot } from './recover/recover.ts';
import { renderPlan } from './recover/render-plan.ts';
import { explainDryRun } from './recover/restored-database.ts';
import { type OpenStage, openStage } from './recover/stage.ts';
import { checkArguments, readArguments, runCommand, UsageError } from './shared/command.ts';
import { confirm } from './shared/confirm.ts';
import { runningPlatform } from './shared/running-platform.ts';
import { whileWorking } from './shared/while-working.ts';

interface Options {
  readonly stage: Stage;
  readonly isPause: boolean;
  readonly isDryRun: boolean;
  readonly isConfirmed: boolean;
}

/** A batch that fails is tried again for longer than this. Then somebody has to look. */
const stalledAfterMs = 15 * 60_000;

await runCommand('recover', async () => {
  const options = readOptions();
  const open = await openStage(options.stage, accountOf(options.stage));
  try {
    const consumers = await readConsumers(open.lambda, options.stage);
    if (options.isPause) await pauseStage(open, consumers, options);
    else await recoverStage(open, consumers, options);
    return 0;
  } finally {
    await open.close();
  }
});

function readOptions(): Options {
  const { values } = readArguments({
    options: {
      stage: { type: 'string', default: 'local' },
      pause: { type: 'boolean', default: false },
      'dry-run': { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
    },
  });
  const { pause: isPause, 'dry-run': isDryRun, yes: isConfirmed } = values;
  if (isPause && isDryRun) throw new UsageError('--dry-run shows what a recovery does, not --pause');
  return { stage: checkArguments(() => stageNamed(values.stage)), isPause, isDryRun, isConfirmed };
}

function accountOf(stage: Stage) {
  if (stage === 'local') return localAccount(runningPlatform('Add --stage dev or prod to recover AWS.'));
  cloudEnvironment(process.env);
  return { region: stages[stage].region };
}

async function pauseStage(open: OpenStage, consumers: Consumers, { stage, isConfirmed }: Options) {
  if (!isConfirmed) await confirm(`Stop all consumers of stage ${stage}?`, stage, `Pausing stage ${stage}`);
  await whileWorking('Stopping the consumers', () => pause(open, consumers));
  console.log('No consumer runs. Restore the database now, then: npm run recover');
}

async function recoverStage(open: OpenStage, consumers: Consumers, options: Options): Promise<void> {
  const phase = phaseOf(consumers);
  if (phase === 'running') throw new Error(whyNot(consumers));
  if (phase === 'paused' && !(await replay(open, consumers, options))) return;
  if (options.isDryRun)
    return console.log('The consumers replay already. Run it without --dry-run to go on.');
  await whileWorking('Replaying', (showDetail) => waitForReplay(open, consumers, showDetail));
  const unknown = await findUnknown(open.s3, open.lake, open.database, Date.now());
  await announce(open.sqs, { stage: options.stage, bucket: open.lake }, unknown);
  await switchMappings(open.lambda, options.stage, [consumers.settler], 'Enabled');
  console.log(
    'Recovered: every consumer has replayed what the topics have. To check: npm run audit -- --wait 60',
  );
}

/** Returns whether the consumers were started. */
async function replay(open: OpenStage, consumers: Consumers, options: Options): Promise<boolean> {
  const { stage, isDryRun, isConfirmed } = options;
  const days = await open.runningDays();
  if (days.length > 0)
    throw new Error(
      `The daily workflow reads the lake: ${days.join(', ')}. Wait for its end, or stop it (docs/runbook.md#restore).`,
    );
  if (!isDryRun)
    // The snapshot may have older passwords and an older schema than the functions expect.
    await whileWorking('Bringing roles and schema up to date', async () => {
      await open.run('prepare-roles');
      await open.run('migrate-database');
    });
  const plan = await whileWorking('Comparing the database with brokers and lake', () =>
    planRecovery(open, consumers),
  ).catch((cause) => {
    throw isDryRun ? explainDryRun(cause) : cause;
  });
  console.log(renderPlan(plan, viewOf(process.stdout, process.env)).join('\n'));
  if (isDryRun) {
    console.log('Nothing was changed.');
    return false;
  }
  if (!isConfirmed) await confirm(`Recover stage ${stage}?`, stage, `Recovering stage ${stage}`);
  await whileWorking('Going back to the ledger', () => carryOut(open, consumers, plan));
  return true;
}

function waitForReplay(open: OpenStage, { ofTopics }: Consumers, showDetail: (detail: string) => void) {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort(new Error('Interrupted. `npm run recover` goes on.')));
  const outstanding = () => readLeft(open.admin, sourcesOf(ofTopics));
  return drain({ outstanding }, [], {
    showDetail,
    stalledAfterMs,
    everyMs: 1_000,
    signal: interrupted.signal,
  });
}
