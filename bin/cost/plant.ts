import { type Topic as DeclaredTopic, topics as declared } from '../../lambdas/shared/kafka/topics.ts';

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
  readonly Properties?: any;
}

/** Templates by stack name. */
export type Templates = ReadonlyMap<string, { readonly Resources: Readonly<Record<string, Resource>> }>;

export interface Located {
  readonly stack: string;
  readonly id: string;
  readonly type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
  readonly properties: any;
}

export interface Topic {
  readonly name: string;
  readonly partitions: number;
  readonly replicationFactor: number;
  readonly retentionDays: number;
}

/** All resources of an app. */
export class Plant {
  readonly resources: readonly Located[];

  constructor(templates: Templates) {
    this.resources = [...templates].flatMap(([stack, { Resources }]) =>
      Object.entries(Resources).map(([id, { Type, Properties = {} }]) => ({
        stack,
        id,
        type: Type,
        properties: Properties,
      })),
    );
  }

  ofType(type: string): readonly Located[] {
    return this.resources.filter((resource) => resource.type === type);
  }

  /** Where the cluster exists, no template has its topics: then they are as declared. */
  get topics(): readonly Topic[] {
    const created = this.ofType('AWS::MSK::Topic');
    if (created.length === 0 && this.ofType('AWS::MSK::Cluster').length === 0)
      return Object.values<DeclaredTopic>(declared).map(asCreated);
    return created.map(({ properties }) => ({
      name: properties.TopicName,
      partitions: properties.PartitionCount,
      replicationFactor: properties.ReplicationFactor,
      retentionDays: Number(topicConfigs(properties.Configs)['retention.ms']) / dayMs,
    }));
  }
}

const dayMs = 24 * 3_600_000;

const asCreated = ({ name, partitions, replicationFactor, retentionMs }: DeclaredTopic): Topic => ({
  name,
  partitions,
  replicationFactor,
  retentionDays: retentionMs / dayMs,
});

/** The logical id that a value of a template refers to, within its stack. */
export function referenceIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { Ref, 'Fn::GetAtt': attribute } = value as {
    readonly Ref?: string;
    readonly 'Fn::GetAtt'?: string[];
  };
  return Ref ?? attribute?.[0];
}

/** The text of a value, with `${id}` in place of what only the deploy knows. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  const parts = (value as { readonly 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join'];
  if (parts !== undefined) return parts[1].map(textOf).join(parts[0]);
  return `\${${referenceIn(value) ?? JSON.stringify(value ?? '').replaceAll(/["\\]/g, '')}}`;
}

/** `Configs` of a topic: base64 of a JSON object, or of lines `key=value`. */
function topicConfigs(configs: string): Readonly<Record<string, string>> {
  const text = Buffer.from(configs, 'base64').toString();
  if (text.startsWith('{')) return JSON.parse(text);
  return Object.fromEntries(text.split('\n').map((line) => line.split('=')));
}
