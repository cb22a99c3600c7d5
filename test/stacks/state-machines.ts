import type { Template } from 'aws-cdk-lib/assertions';
import { resourcesOf, resourcesOfType } from './synthesized.ts';

export interface State {
  readonly Type: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly [field: string]: unknown;
}

const machineNamed = (template: Template, name: string) =>
  resourcesOfType(template, 'AWS::StepFunctions::StateMachine').find(
    ({ Properties }) => Properties.StateMachineName === `isobar-prod-${name}`,
  );

/** The states of a machine, with a word in place of what is known at deploy time only. */
export function statesOf(template: Template, name: string): Record<string, State> {
  const parts: unknown[] = machineNamed(template, name)?.Properties.DefinitionString['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'reference')).join('')).States;
}

/** The states that lead to this one otherwise than by catching an error. */
export const leadsTo = (states: Record<string, State>, next: string): string[] =>
  Object.entries(states)
    .filter(([, { Catch: _, ...state }]) => JSON.stringify(state).includes(`"Next":"${next}"`))
    .map(([name]) => name);

/** What the role of a machine allows, apart from what cannot be narrowed to a resource. */
export function rightsOfMachine(template: Template, name: string): { Action: unknown; Resource: unknown }[] {
  const [roleId] = machineNamed(template, name)?.Properties.RoleArn['Fn::GetAtt'] ?? [];
  const { Policies } = resourcesOf(template)[roleId]?.Properties ?? {};
  return Policies.flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } }) =>
      PolicyDocument.Statement.filter(({ Resource: resource }) => resource !== '*'),
  );
}
