import type { IoMessage } from '@aws-cdk/toolkit-lib';
import { type ToolkitOptions, withToolkit } from './toolkit.ts';

export interface DiffOptions extends ToolkitOptions {
  readonly onText: (text: string) => void;
  /**
   * Lets CloudFormation make a change set, and delete it again: it knows what is replaced. Otherwise the
   * templates are compared.
   */
  readonly withChangeSet: boolean;
}

/**
 * Shows what a deploy would change.
 * @returns names of the stacks that differ
 */
export async function diffAssembly({ onText, withChangeSet, ...options }: DiffOptions): Promise<string[]> {
  const ioHost = {
    async notify({ level, message }: IoMessage<unknown>) {
      if (level === 'result' || level === 'warn') onText(message);
    },
    requestResponse: async <T>({ defaultResponse }: { readonly defaultResponse: T }) => defaultResponse,
  };
  return withToolkit(options, ioHost, async (toolkit, source, { DiffMethod }) => {
    const method = withChangeSet
      ? DiffMethod.ChangeSet({ fallbackToTemplate: true })
      : DiffMethod.TemplateOnly();
    const differences = await toolkit.diff(source, { method });
    return Object.entries(differences).flatMap(([stack, { isEmpty }]) => (isEmpty ? [] : [stack]));
  });
}
