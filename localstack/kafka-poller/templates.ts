import { createHash } from 'node:crypto';
import type { Aws } from './aws.ts';
import { resolveIntrinsics, type StackValues } from './intrinsics.ts';
import { messageOf } from './log.ts';
import { type Json, type Mapping, parseMapping } from './mappings.ts';

/** Reports a stack, or one mapping of a stack, that cannot be polled, and why. The others are polled. */
export type OnSkipped = (skipped: { stack: string; logicalId?: string; reason: string }) => void;

/**
 * Reads Kafka mappings from the templates of deployed stacks, for an endpoint whose Lambda API does not store
 * them. SAM templates are read as CloudFormation has expanded them. A stack is read again when it has
 * changed.
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-lambda-eventsourcemapping.html
 */
export function createTemplateReader(
  aws: Aws,
  region: string,
  onSkipped: OnSkipped,
): () => Promise<Mapping[]> {
  const call: Call = (action, parameters = {}) =>
    query(aws, { Action: action, Version: '2010-05-15', ...parameters });
  const known = new Map<string, { description: string; mappings: Mapping[] }>();

  return async () => {
    const exported = new Map(
      await allPages(
        (token) => call('ListExports', token),
        'Exports',
        (member) => [[tag(member, 'Name'), tag(member, 'Value')] as const],
      ),
    );
    const stacks = await allPages(
      (token) => call('DescribeStacks', token),
      'Stacks',
      (member) => (/^(CREATE|UPDATE|IMPORT)\w*COMPLETE$/.test(tag(member, 'StackStatus')) ? [member] : []),
    );
    const outputs = new Map(
      stacks.map((stack) => [tag(stack, 'StackName'), pairs(stack, 'Outputs', 'OutputKey', 'OutputValue')]),
    );
    const mappings: Mapping[] = [];
    for (const stack of stacks) {
      const id = tag(stack, 'StackId');
      const description = JSON.stringify([stack, ...exported, ...[...outputs.values()].map((of) => [...of])]);
      const before = known.get(id);
      const ofStack =
        before?.description === description
          ? before.mappings
          : await readStack(stack, { call, region, exported, outputs, onSkipped });
      known.set(id, { description, mappings: ofStack });
      mappings.push(...ofStack);
    }
    return mappings;
  };
}

type Call = (action: string, parameters?: { [name: string]: string }) => Promise<string>;

async function readStack(
  stack: string,
  {
    call,
    region,
    exported,
    outputs,
    onSkipped,
  }: Pick<StackValues, 'region' | 'exported' | 'outputs'> & { call: Call; onSkipped: OnSkipped },
): Promise<Mapping[]> {
  const StackName = tag(stack, 'StackName');
  const template = await call('GetTemplate', { StackName, TemplateStage: 'Processed' });
  const { resources, listParameters } = kafkaMappings(tag(template, 'TemplateBody'), (reason) =>
    onSkipped({ stack: StackName, reason }),
  );
  if (resources.length === 0) return [];
  const parameters = pairs(stack, 'Parameters', 'ParameterKey', 'ParameterValue');
  // DescribeStackResources returns only the first hundred.
  const physicalIds = await allPages(
    (token) => call('ListStackResources', { StackName, ...token }),
    'StackResourceSummaries',
    (member) => [[tag(member, 'LogicalResourceId'), tag(member, 'PhysicalResourceId')] as const],
  );
  const values: StackValues = {
    region,
    accountId: tag(stack, 'StackId').split(':')[4] ?? '',
    stackName: StackName,
    parameters: new Map(
      [...parameters].map(([name, value]) => [name, listParameters.has(name) ? value.split(',') : value]),
    ),
    physicalIds: new Map(physicalIds),
    exported,
    outputs,
  };
  return resources.flatMap(({ logicalId, properties }) => {
    try {
      const mapping = parseMapping(toApiShape(resolveIntrinsics(properties, values), StackName, logicalId));
      if (!mapping) throw new Error('it names neither a cluster nor brokers');
      return mapping;
    } catch (error) {
      onSkipped({ stack: StackName, logicalId, reason: messageOf(error) });
      return [];
    }
  });
}

type Resource = { logicalId: string; properties: Json };
type Template = {
  Parameters?: { [name: string]: { Type?: string } };
  Resources?: { [id: string]: { Type?: string; Properties?: Json } };
};

function kafkaMappings(body: string, skip: (reason: string) => void) {
  const template = parseTemplate(body, skip);
  const resources = Object.entries(template.Resources ?? {}).flatMap(
    ([logicalId, { Type, Properties = {} }]): Resource[] =>
      Type === 'AWS::Lambda::EventSourceMapping' && 'Topics' in Properties
        ? [{ logicalId, properties: Properties }]
        : [],
  );
  const listParameters = new Set(
    Object.entries(template.Parameters ?? {}).flatMap(([name, { Type }]) =>
      /^(CommaDelimitedList|List<.*)$/.test(Type ?? '') ? name : [],
    ),
  );
  return { resources, listParameters };
}

function parseTemplate(body: string, skip: (reason: string) => void): Template {
  if (body.trimStart().startsWith('{')) return JSON.parse(body);
  // The CDK's templates are JSON, and so are SAM's once expanded. Other templates may be YAML.
  if (/AWS::Lambda::EventSourceMapping/.test(body) && /\bTopics\b/.test(body)) {
    skip('its template is not JSON; deploy it as JSON');
  }
  return {};
}

/** Turns the properties of a template into an answer of the Lambda API. */
function toApiShape(properties: Json, stackName: string, logicalId: string): Json {
  const { FunctionName, Enabled, SelfManagedEventSource: source, ...same } = properties;
  const servers =
    typeof source === 'object' && source && 'Endpoints' in source ? Object(source.Endpoints) : undefined;
  return {
    ...same,
    UUID: uuidOf(`${stackName}/${logicalId}`),
    FunctionArn: FunctionName,
    State: String(Enabled) === 'false' ? 'Disabled' : 'Enabled',
    ...(servers && {
      SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: servers.KafkaBootstrapServers } },
    }),
  };
}

/** A stable UUID, because the consumer group may be named after it. */
function uuidOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    '-',
  );
}

async function query(aws: Aws, parameters: { [name: string]: string }): Promise<string> {
  const { status, body } = await aws({
    service: 'cloudformation',
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(new URLSearchParams(parameters).toString()),
  });
  if (status !== 200) throw new Error(`CloudFormation's ${parameters.Action} answered ${status}`);
  return body.toString();
}

async function allPages<T>(
  call: (token: { [name: string]: string }) => Promise<string>,
  list: string,
  read: (member: string) => T[],
): Promise<T[]> {
  const all: T[] = [];
  let token: { [name: string]: string } = {};
  do {
    const page = await call(token);
    all.push(...members(page, list).flatMap(read));
    const next = tag(page, 'NextToken');
    token = next ? { NextToken: next } : {};
  } while (token.NextToken);
  return all;
}

// CloudFormation's XML has a regular form: <List><member>…</member></List>, and text without attributes.

function tag(xml: string, name: string): string {
  const [, text = ''] = xml.match(new RegExp(`<${name}>([^<]*)</${name}>`)) ?? [];
  return text.replace(/&(lt|gt|quot|apos|amp|#\d+|#x[0-9a-f]+);/gi, (_, entity: string) => unescaped(entity));
}

function unescaped(entity: string): string {
  const names: { [name: string]: string } = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  if (!entity.startsWith('#')) return names[entity.toLowerCase()] ?? '';
  return String.fromCodePoint(Number(entity[1] === 'x' ? `0${entity.slice(1)}` : entity.slice(1)));
}

/** The outermost members of a list; members may contain lists. */
function members(xml: string, list: string): string[] {
  const [, inside = ''] = xml.match(new RegExp(`<${list}>(.*)</${list}>`, 's')) ?? [];
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: mark, index } of inside.matchAll(/<\/?member>/g)) {
    if (mark === '<member>' && depth++ === 0) start = index;
    if (mark === '</member>' && --depth === 0) found.push(inside.slice(start, index));
  }
  return found;
}

function pairs(xml: string, list: string, key: string, value: string): Map<string, string> {
  return new Map(members(xml, list).map((member) => [tag(member, key), tag(member, value)]));
}
