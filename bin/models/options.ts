import { parseArgs } from 'node:util';
import type { Stage } from '../../lib/app-config.ts';
import { stageNamed } from '../../lib/config.ts';

export type ModelsCommand =
  | { readonly name: 'list'; readonly stage: Stage }
  | { readonly name: 'rollback'; readonly stage: Stage }
  | { readonly name: 'show'; readonly version: string; readonly stage: Stage }
  /** Without a version, no model scores in shadow any more. */
  | { readonly name: 'shadow'; readonly version: string | undefined; readonly stage: Stage }
  | { readonly name: 'promote'; readonly version: string; readonly force: boolean; readonly stage: Stage }
  | { readonly name: 'score'; readonly file: string; readonly model: string | undefined };

/** Reads the command line. @throws Error that says what was found and what was expected */
export function readModelsCommand(args: readonly string[]): ModelsCommand {
  const { positionals, values } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      force: { type: 'boolean', default: false },
      stop: { type: 'boolean', default: false },
      model: { type: 'string' },
      stage: { type: 'string' },
    },
  });
  const [name = '', of, ...more] = positionals;
  const { force, stop, model } = values;
  if (more.length > 0) throw new Error(`${more[0]}: expected no further argument`);
  if (force && name !== 'promote') throw new Error('--force is for promote');
  if (stop && name !== 'shadow') throw new Error('--stop is for shadow');
  if (model !== undefined && name !== 'score') throw new Error('--model is for score');
  if (values.stage !== undefined && name === 'score') throw new Error('score needs no --stage');
  const stage = stageNamed(values.stage ?? 'local');
  switch (name) {
    case 'list':
    case 'rollback':
      if (of !== undefined) throw new Error(`${of}: ${name} takes no argument`);
      return { name, stage };
    case 'show':
    case 'promote':
      if (of === undefined) throw new Error(`${name}: expected a version`);
      return name === 'show' ? { name, version: of, stage } : { name, version: of, force, stage };
    case 'shadow':
      if ((of === undefined) !== stop) throw new Error('shadow: expected a version, or --stop');
      return { name, version: of, stage };
    case 'score':
      if (of === undefined) throw new Error('score: expected a file of training rows');
      return { name, file: of, model };
    default:
      throw new Error(
        `found ${name || 'no command'}, expected list, show, shadow, promote, rollback or score`,
      );
  }
}
