import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Stage } from '../app-config.ts';
import { hashOfInputs } from './inputs.ts';

const root = join(import.meta.dirname, '../..');
const assemblies = join(root, 'cdk.out');

export interface SynthesizeOptions {
  readonly stage: Stage;
  /**
   * Whether the CDK checks the templates against CloudFormation's schemas: four times as long as the rest. A
   * local deploy can do without, since its templates differ from the checked ones in values only.
   */
  readonly validate: boolean;
  /** Whether the assembly of an earlier synthesis will do, if the app and its sources are the same. */
  readonly reuse?: boolean;
  /** The CDK app and its arguments; the default is bin/isobar.ts. */
  readonly app?: readonly [file: string, ...args: string[]] | undefined;
  /** ARN of the QuickSight user or group that sees the dashboard; without one, there is none. */
  readonly quickSightPrincipal?: string | undefined;
  /** Another region than that of the stage's configuration, and other zones, by id, separated by commas. */
  readonly region?: string | undefined;
  readonly zones?: string | undefined;
}

/** Of the assemblies kept for reuse, these many last used ones stay, and all used within this time, in ms. */
const keptNewest = 5;
const keptMs = 3_600_000;

/**
 * Writes the cloud assembly of a stage, in a process of its own: it would block the event loop for seconds.
 * With `reuse`, each app and each version of its sources has a directory of its own, so launches side by side
 * do not overwrite what the others deploy.
 * @returns the directory of the assembly
 * @throws Error with the output of the CDK app, if it fails
 */
export async function synthesize({ reuse = false, ...options }: SynthesizeOptions): Promise<string> {
  const assembly = join(assemblies, options.stage);
  if (!reuse) {
    await runApp(options, assembly);
    return assembly;
  }
  const { app, ...settings } = options;
  const kept = `${assembly}.${(await hashOfInputs(root, { ...settings, command: commandOf(app) })).slice(0, 16)}`;
  const now = new Date();
  if (
    await utimes(kept, now, now).then(
      () => true,
      () => false,
    )
  )
    return kept;
  await mkdir(assemblies, { recursive: true });
  const made = await mkdtemp(`${kept}.`);
  try {
    await runApp(options, made);
    // Another launch may have made the same in the meantime.
    await rename(made, kept).catch((error) => {
      if (!existsSync(kept)) throw error;
    });
  } finally {
    await rm(made, { recursive: true, force: true });
  }
  await removeUnused(options.stage);
  return kept;
}

const commandOf = (app: SynthesizeOptions['app']) => app ?? [join(root, 'bin/isobar.ts')];

async function runApp({ app, ...context }: Omit<SynthesizeOptions, 'reuse'>, assembly: string) {
  const { validate, ...passedOn } = context;
  const child = spawn(process.execPath, commandOf(app), {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      CDK_OUTDIR: assembly,
      CDK_CONTEXT_JSON: JSON.stringify(passedOn),
      CDK_VALIDATION: String(validate),
    },
  });
  const exited = new Promise<number | null>((resolve, reject) =>
    child.on('error', reject).on('exit', resolve),
  );
  const [complaint, status] = await Promise.all([text(child.stderr), exited]);
  if (status !== 0) throw new Error(`The CDK app failed for stage ${context.stage}:\n${complaint.trim()}`);
}

/** Each assembly holds the code of all functions: some 60 MB. */
async function removeUnused(stage: Stage): Promise<void> {
  const names = (await readdir(assemblies)).filter((name) => name.startsWith(`${stage}.`));
  const kept = await Promise.all(
    names.map(async (name) => {
      const folder = join(assemblies, name);
      return { folder, usedMs: await stat(folder).then(({ mtimeMs }) => mtimeMs, Date.now) };
    }),
  );
  const oldest = kept.toSorted((a, b) => b.usedMs - a.usedMs).slice(keptNewest);
  for (const { folder, usedMs } of oldest)
    if (Date.now() - usedMs > keptMs) await rm(folder, { recursive: true, force: true });
}
