import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';

/** A wrong argument. It is found before the command has any effect. */
export class UsageError extends Error {}

/** @throws UsageError for an argument that the command does not take */
export function readArguments<Config extends ParseArgsConfig>(config: Config) {
  return checkArguments(() => parseArgs(config));
}

/** Whatever `read` finds wrong with the arguments is a wrong use of the command. */
export function checkArguments<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    // Node explains at length how to pass text that begins with a dash.
    const [reason = ''] = (error as Error).message.split('. To specify a positional argument');
    throw new UsageError(reason, { cause: error });
  }
}

/** @throws UsageError when there is any argument */
export const takeNoArguments = () => void readArguments({ options: {} });

/**
 * Runs a command, and sets the exit code: what `main` returns, 2 after a wrong argument, and 1 when the
 * command was refused or failed. The reason is printed without a stack trace. `--help` never comes here:
 * run.mjs prints the same usage before the set-up.
 */
export async function runCommand(name: string, main: () => Promise<number | undefined>): Promise<void> {
  process.exitCode = await exitCodeOf(name, main);
}

/** Runs a command likewise, and returns the exit code: 130 when it was interrupted by the signal. */
export async function exitCodeOf(
  name: string,
  main: () => Promise<number | undefined>,
  signal?: AbortSignal,
): Promise<number> {
  try {
    return (await main()) ?? 0;
  } catch (error) {
    if (signal?.aborted) return 130;
    console.error(reasonOf(error));
    if (!(error instanceof UsageError)) return 1;
    console.error(`\n${usageOf(name)}`);
    return 2;
  }
}

const usageOf = (name: string) =>
  readFileSync(path.join(import.meta.dirname, '../usage', `${name}.txt`), 'utf8').trimEnd();

/** The message of an error, and those of what caused it. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof UsageError || !(error.cause instanceof Error)) return error.message;
  return `${error.message}: ${reasonOf(error.cause)}`;
}
