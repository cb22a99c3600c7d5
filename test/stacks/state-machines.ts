import { resourcesOf, resourcesOfType } from './synthesized.ts';
import type { Resource, TemplateJson } from './template-text.ts';

export interface State {
  readonly Type: string;
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[]; readonly MaxAttempts: number }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
  readonly [field: string]: unknown;
}

interface Definition {
  readonly TimeoutSeconds: number;
  readonly States: Readonly<Record<string, State>>;
}

const machineNamed = (template: TemplateJson, name: string): Resource => {
  const found = resourcesOfType(template, 'AWS::StepFunctions::StateMachine').find(
    ({ Properties }) => Properties.StateMachineName === `isobar-prod-${name}`,
  );
  if (found === undefined) throw new Error(`The stack has no state machine ${name}.`);
  return found;
};

/** A machine's definition, with the word "reference" in place of each value that only the deploy knows. */
export function definitionOf(template: TemplateJson, name: string): Definition {
  const parts: unknown[] = machineNamed(template, name).Properties.DefinitionString['Fn::Join'][1];
  return JSON.parse(parts.map((part) => (typeof part === 'string' ? part : 'reference')).join(''));
}

export const statesOf = (template: TemplateJson, name: string) => definitionOf(template, name).States;

/** The states that lead to this one, other than by catching an error. */
export const leadsTo = (states: Readonly<Record<string, State>>, next: string): string[] =>
  Object.entries(states)
    .filter(([, { Catch: _, ...state }]) => JSON.stringify(state).includes(`"Next":"${next}"`))
    .map(([name]) => name);

/** What the task of each state is given, by the name of the state. */
export const parametersOf = (states: Readonly<Record<string, State>>): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(states)
      .filter(([, { Type }]) => Type === 'Task' || Type === 'Pass')
      .map(([name, { Parameters }]) => [name, Parameters]),
  );

/** What the role of a machine allows, apart from the rights that IAM cannot narrow to a resource. */
export function rightsOfMachine(
  template: TemplateJson,
  name: string,
): { Action: unknown; Resource: unknown }[] {
  const [roleId] = machineNamed(template, name).Properties.RoleArn['Fn::GetAtt'];
  const { Policies } = resourcesOf(template)[roleId]?.Properties ?? {};
  return Policies.flatMap(
    ({ PolicyDocument }: { PolicyDocument: { Statement: { Action: unknown; Resource: unknown }[] } }) =>
      PolicyDocument.Statement.filter(({ Resource: resource }) => resource !== '*'),
  );
}
