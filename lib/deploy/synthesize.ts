import { spawn } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type { Stage } from '../app-config.ts';
import { hashOfInputs } from './inputs.ts';

const root = join(import.meta.dirname, '../..');

export interface SynthesizeOptions {
  readonly stage: Stage;
  /**
   * Whether the CDK checks the templates against CloudFormation's schemas: four times as long as the rest. A
   * local deploy can do without, since its templates differ from the checked ones in values only.
   */
  readonly validate: boolean;
  /** Whether the assembly of the last synthesis will do, if the app and its sources are the same. */
  readonly reuse?: boolean;
  /** The CDK app and its arguments; the default is bin/isobar.ts. */
  readonly app?: readonly [file: string, ...args: string[]] | undefined;
  /** ARN of the QuickSight user or group that sees the dashboard; without one, there is none. */
  readonly quickSightPrincipal?: string | undefined;
  /** Another region than that of the stage's configuration, and other zones, by id, separated by commas. */
  readonly region?: string | undefined;
  readonly zones?: string | undefined;
}

/**
 * Writes the cloud assembly of a stage, in a process of its own: it would block the event loop for seconds.
 * @returns the directory of the assembly
 * @throws Error with the output of the CDK app, if it fails
 */
export async function synthesize({
  stage,
  validate,
  reuse = false,
  app: command = [join(root, 'bin/isobar.ts')],
  ...context
}: SynthesizeOptions): Promise<string> {
  const assembly = join(root, 'cdk.out', stage);
  const hash = await hashOfInputs(root, { stage, validate, command, ...context });
  const hashFile = join(assembly, 'inputs.sha256');
  if (reuse && (await readFile(hashFile, 'utf8').catch(() => '')) === hash) return assembly;
  await rm(hashFile, { force: true });
  const app = spawn(process.execPath, command, {
    cwd: root,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: {
      ...process.env,
      CDK_OUTDIR: assembly,
      CDK_CONTEXT_JSON: JSON.stringify({ stage, ...context }),
      CDK_VALIDATION: String(validate),
    },
  });
  const exited = new Promise<number | null>((resolve, reject) => app.on('error', reject).on('exit', resolve));
  const [complaint, status] = await Promise.all([text(app.stderr), exited]);
  if (status !== 0) throw new Error(`The CDK app failed for stage ${stage}:\n${complaint.trim()}`);
  await writeFile(hashFile, hash);
  return assembly;
}
