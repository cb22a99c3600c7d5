import { parseArgs } from 'node:util';

/**
 * For a command without options: `--help` prints its usage and exits with 0, any other argument exits with 2.
 */
export function takeNoArguments(usage: string): void {
  try {
    const { values } = parseArgs({ options: { help: { type: 'boolean' } } });
    if (!values.help) return;
  } catch (error) {
    console.error(`${error instanceof Error ? error.message : error}\n\n${usage}`);
    process.exit(2);
  }
  console.log(usage);
  process.exit(0);
}
