import { canBe } from './arn.ts';
import { overlap } from './glob.ts';
import type { KafkaApp } from './kafka-mapping.ts';
import { type Resource, referenced, textOf } from './template.ts';

export interface Right {
  readonly action: string;
  readonly arn: string;
}

type Statement = Resource['properties'];

/**
 * Whether a role of this app may have a right. "No" is certain, "yes" is not.
 *
 * - Reads the inline policies of the role, and the app's policies and managed policies attached to it.
 * - Knows which of AWS's own policies for functions grant nothing on Kafka.
 * - Assumes that an unknown part of an ARN matches, and that every condition is met.
 * - Assumes that a policy whose text is not in the app allows everything.
 * - Ignores denials, permission boundaries, service control policies, and policies attached elsewhere.
 */
export function mayHave(role: Resource, { resources }: KafkaApp, right: Right): boolean {
  return statementsOf(role, [...resources.values()]).some((statement) => allows(statement, right));
}

function allows(statement: Statement, { action, arn }: Right): boolean {
  const { Effect, Action, NotAction, Resource: resource } = statement;
  const name = action.toLowerCase();
  const isNamed = list(Action).some((pattern) => canBe(textOf(pattern).toLowerCase(), name));
  const isExcepted = list(NotAction).some((pattern) => overlap(textOf(pattern).toLowerCase(), name));
  const ofAction = Action === undefined ? !isExcepted : isNamed;
  const ofResource = resource === undefined || list(resource).some((pattern) => canBe(textOf(pattern), arn));
  return Effect !== 'Deny' && ofAction && ofResource;
}

function statementsOf(role: Resource, resources: readonly Resource[]): Statement[] {
  const attached = resources.filter((policy) => isAttached(policy, role));
  const documents = [
    ...list(role.properties.Policies).map(({ PolicyDocument }) => PolicyDocument),
    ...attached.map(({ properties }) => properties.PolicyDocument),
  ];
  const known = new Set(resources.map(({ path }) => path));
  const unseen = list(role.properties.ManagedPolicyArns)
    .filter((arn) => !known.has(referenced(arn) ?? ''))
    .filter((arn) => !withoutKafka.has(textOf(arn).split('/').at(-1) ?? ''));
  // A document or statement inside Fn::If has none of these elements.
  const stated = documents.flatMap((document) => list(document?.Statement ?? anything));
  return [
    ...stated.map((statement) => (statement.Effect === undefined ? anything : statement)),
    ...unseen.map(() => anything),
  ];
}

function isAttached({ type, path, properties }: Resource, role: Resource): boolean {
  if (!['AWS::IAM::Policy', 'AWS::IAM::RolePolicy', 'AWS::IAM::ManagedPolicy'].includes(type)) return false;
  const roles = [...list(properties.Roles), ...list(properties.RoleName)];
  return (
    roles.some((name) => referenced(name) === role.path || isNameOf(role, name)) ||
    list(role.properties.ManagedPolicyArns).some((arn) => referenced(arn) === path)
  );
}

const isNameOf = ({ properties }: Resource, name: unknown): boolean =>
  properties.RoleName !== undefined && textOf(properties.RoleName) === textOf(name);

const anything: Statement = { Effect: 'Allow', Action: '*', Resource: '*' };

/**
 * Policies that AWS and the CDK attach to functions. AWS's policy for MSK allows `kafka:` actions only.
 * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaMSKExecutionRole.html
 */
const withoutKafka: ReadonlySet<string> = new Set([
  'AWSLambdaBasicExecutionRole',
  'AWSLambdaMSKExecutionRole',
  'AWSLambdaVPCAccessExecutionRole',
  'AWSXRayDaemonWriteAccess',
  'CloudWatchLambdaInsightsExecutionRolePolicy',
]);

// biome-ignore lint/suspicious/noExplicitAny: an element of a policy is one value or a list of values
const list = (value: any): any[] => (value === undefined ? [] : [value].flat());
