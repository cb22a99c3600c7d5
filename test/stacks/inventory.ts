import type { Resource } from './template-text.ts';
import { type Templates, type Text, textIn } from './template-text.ts';

interface Statement {
  readonly Effect: string;
  readonly [element: string]: unknown;
}

/** A headline and the lines that belong below it. */
type Block = readonly string[];

/**
 * What a stack holds, as text for a snapshot: each resource with its type, logical id and deletion policy;
 * each named output; each statement of a policy, with its holder; each rule of a security group. Sorted and
 * without asset hashes, so that a line changes only when the stack does.
 */
export function inventoryOf(stack: string, templates: Templates): string {
  const { Resources = {}, Outputs = {} } = templates[stack] ?? {};
  const text = textIn(templates);
  const resources = Object.entries(Resources);
  const outputs = Object.entries(Outputs).filter(([id]) => !id.startsWith('PublishOutput'));
  const perResource = (linesOf: (resource: Resource, text: Text) => readonly string[]): Block[] =>
    resources
      .map(([id, resource]) => [id, ...indented(linesOf(resource, text))])
      .filter(({ length }) => length > 1);
  return [
    ...section('resources', resources.map(resourceLine)),
    ...section(
      'outputs',
      outputs.map(([id, { Value }]) => [`${id} = ${text(Value)}`]),
    ),
    ...section('rights', perResource(rightsOf)),
    ...section('security group rules', perResource(portsOf)),
  ]
    .join('\n')
    .replace(hashedId, '$1<hash>')
    .replace(assetHash, '<asset>');
}

const section = (title: string, blocks: readonly Block[]): string[] =>
  blocks.length === 0 ? [] : [title, ...indented(sorted(blocks).flat())];

/** A version's or deployment's logical id ends in a hash of its content. */
const hashedId = /((?:CurrentVersion|Deployment)[0-9A-F]{8})[0-9a-f]{32}/g;

const assetHash = /[0-9a-f]{64}(?=\.(?:zip|py|json))/g;

const resourceLine = ([id, { Type, DeletionPolicy: policy }]: [string, Resource]): Block => [
  `${Type} ${id}${policy === undefined ? '' : ` (${policy})`}`,
];

/** The statements of every policy document in the resource, and every other property that grants a right. */
function rightsOf({ Type, Properties = {} }: Resource, text: Text): string[] {
  const { ManagedPolicyArns, Roles, Users, Groups, Role, RoleArn, Permissions } = Properties;
  const each = (value: unknown): unknown[] => [value ?? []].flat();
  const blocks: Block[] = [
    ...statementsIn(Properties).map((statement) => statementBlock(statement, text)),
    ...each(ManagedPolicyArns).map((policy) => [`holds ${text(policy)}`]),
    ...each([Roles, Users, Groups].filter(Boolean)).map((holder) => [`held by ${text(holder)}`]),
    ...each([Role, RoleArn].filter(Boolean)).map((role) => [`acts as ${text(role)}`]),
    ...each(Permissions).map((permission) => attributes('Permission', permission, text)),
    ...(Type === 'AWS::Lambda::Permission' ? [attributes('Permission', Properties, text)] : []),
  ];
  return sorted(blocks).flatMap(([head = '', ...rest]) => [head, ...indented(rest)]);
}

function statementsIn(value: unknown): Statement[] {
  if (typeof value !== 'object' || value === null) return [];
  if (Array.isArray(value)) return value.flatMap(statementsIn);
  const { Statement: stated = [] } = value as { readonly Statement?: Statement | Statement[] };
  const own = [stated].flat().filter(({ Effect }) => Effect !== undefined);
  return [...own, ...Object.values(value).flatMap(statementsIn)];
}

/** The effect and the principal, then the actions, the resources, and each other element of the statement. */
function statementBlock({ Effect, ...elements }: Statement, text: Text): Block {
  const { Action, Resource: resource, Principal, ...others } = elements;
  const list = (value: unknown) => [value ?? []].flat().map(text).sort();
  return [
    Principal === undefined ? Effect : `${Effect} ${text(Principal)}`,
    ...list(Action),
    ...list(resource).map((each) => `on ${each}`),
    ...Object.entries(others).map(([name, value]) => `${name} ${text(value)}`),
  ];
}

function attributes(title: string, value: unknown, text: Text): Block {
  const entries = Object.entries(value as object).sort();
  return [title, ...entries.map(([name, attribute]) => `${name} ${text(attribute)}`)];
}

function portsOf({ Type, Properties = {} }: Resource, text: Text): string[] {
  const [, direction] = /^AWS::EC2::SecurityGroup(Ingress|Egress)$/.exec(Type) ?? [];
  const { SecurityGroupIngress: ingress = [], SecurityGroupEgress: egress = [] } = Properties;
  const rules: [string, object][] = [
    ...(direction === undefined ? [] : [[direction, Properties] as [string, object]]),
    ...ingress.map((rule: object) => ['Ingress', rule]),
    ...egress.map((rule: object) => ['Egress', rule]),
  ];
  return sorted(rules.map(([title, rule]) => [attributes(title, rule, text).join(' ')])).flat();
}

const indented = (lines: readonly string[]) => lines.map((line) => `  ${line}`);

const sorted = (blocks: readonly Block[]): Block[] => [...blocks].sort((a, b) => compare(`${a}`, `${b}`));

const compare = (left: string, right: string) => (left < right ? -1 : Number(left > right));
