import { assumptions } from './assumptions.ts';
import { type Located, type Plant, referenceIn, textOf } from './plant.ts';
import { runsPerMonth } from './schedule.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Seconds?: number;
}

interface Definition {
  readonly States: Readonly<Record<string, State>>;
  readonly TimeoutSeconds?: number;
}

export interface WorkflowRuns {
  readonly executionsPerMonth: number;
  readonly transitionsPerExecution: number;
  /** How often an execution invokes each function, by what its task names. */
  readonly invocationsPerExecution: ReadonlyMap<string, number>;
}

/**
 * What a state machine does in a month if all goes well. A loop around a wait runs until the execution
 * ends, or what it waits for has come. Every other state is entered once.
 */
export function workflowRuns(machine: Located, plant: Plant): WorkflowRuns {
  const text = textOf(machine.properties.DefinitionString);
  const definition: Definition = JSON.parse(text);
  const { loop, rounds } = loopOf(definition);
  const timesOf = (name: string) => (loop.has(name) ? rounds : 1);
  const states = Object.entries(definition.States).filter(([, { Type }]) => Type !== 'Fail');
  const invocations = new Map<string, number>();
  for (const [name, state] of states)
    for (const target of tokensIn(JSON.stringify(state)))
      invocations.set(target, (invocations.get(target) ?? 0) + timesOf(name));
  return {
    executionsPerMonth: executionsPerMonth(machine, plant),
    transitionsPerExecution: states.reduce((sum, [name]) => sum + timesOf(name), 0),
    invocationsPerExecution: invocations,
  };
}

/** By a rule, or by another state machine, which starts one for each of its own executions. */
function executionsPerMonth(machine: Located, plant: Plant): number {
  const scheduled = plant
    .ofType('AWS::Events::Rule')
    .filter(
      ({ stack, properties }) =>
        stack === machine.stack &&
        properties.ScheduleExpression !== undefined &&
        properties.Targets.some(({ Arn }: { Arn: unknown }) => referenceIn(Arn) === machine.id),
    )
    .map(({ properties }) => runsPerMonth(properties.ScheduleExpression));
  const started = plant
    .ofType('AWS::StepFunctions::StateMachine')
    .filter(
      (other) =>
        other !== machine &&
        other.stack === machine.stack &&
        tokensIn(textOf(other.properties.DefinitionString)).includes(machine.id),
    )
    .map((starter) => executionsPerMonth(starter, plant));
  return [...scheduled, ...started].reduce((sum, runs) => sum + runs, 0);
}

const tokensIn = (text: string): string[] =>
  [...text.matchAll(/\$\{([^}]+)\}/g)].map(([, token = '']) => token);

/** The states that can be entered again after the wait of a definition, and how often. */
function loopOf({ States, TimeoutSeconds = Number.POSITIVE_INFINITY }: Definition) {
  const [name, wait] = Object.entries(States).find(([, { Type }]) => Type === 'Wait') ?? [];
  if (name === undefined || wait === undefined) return { loop: new Set<string>(), rounds: 1 };
  const nextOf = ({ Next, Default, Choices = [] }: State = { Type: '' }) =>
    [Next, Default, ...Choices.map((choice) => choice.Next)].filter((next) => next !== undefined);
  const reachableFrom = (start: string) => {
    const seen = new Set<string>();
    const visit = (state: string): void => {
      for (const next of nextOf(States[state]))
        if (!seen.has(next)) {
          seen.add(next);
          visit(next);
        }
    };
    visit(start);
    return seen;
  };
  const loop = new Set([...reachableFrom(name)].filter((state) => reachableFrom(state).has(name)));
  const seconds = wait.Seconds ?? assumptions.dayPollSeconds;
  const until = wait.Seconds === undefined ? assumptions.dayWaitSeconds : TimeoutSeconds;
  return { loop, rounds: Math.round(until / seconds) };
}
