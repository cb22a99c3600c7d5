import { readTemplates } from '../../localstack/deploy/supported-resources.ts';

/** What a stage needs of its account, as its templates say. */
export interface Wanted {
  readonly stacks: readonly string[];
  /** Functions that may run at once. */
  readonly concurrency: number;
  readonly names: readonly WantedName[];
  /** Of a database and a cluster that the stage creates. */
  readonly postgres?: { readonly version: string; readonly instanceClass: string };
  readonly kafkaVersion?: string;
}

interface WantedName {
  readonly kind: 'bucket' | 'database' | 'cluster' | 'secret';
  readonly name: string;
  readonly stack: string;
}

/** For the API, custom resources and what has no limit of its own. */
const headroom = 50;

const named: Readonly<Record<string, { kind: WantedName['kind']; property: string }>> = {
  'AWS::S3::Bucket': { kind: 'bucket', property: 'BucketName' },
  'AWS::RDS::DBInstance': { kind: 'database', property: 'DBInstanceIdentifier' },
  'AWS::MSK::Cluster': { kind: 'cluster', property: 'ClusterName' },
  'AWS::SecretsManager::Secret': { kind: 'secret', property: 'Name' },
};

/**
 * Reads the templates of a cloud assembly.
 * @param pseudo values of pseudo parameters, such as `AWS::AccountId`
 */
export async function wantedOf(assembly: string, pseudo: Readonly<Record<string, string>>): Promise<Wanted> {
  const resources = [...(await readTemplates(assembly))].flatMap(([stack, { Resources }]) =>
    Object.values(Resources).map((resource) => ({ stack, ...(resource as Resource) })),
  );
  const text = (value: unknown) => textOf(value, pseudo);
  const propertiesOf = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties = {} }) => Properties);
  const [database] = propertiesOf('AWS::RDS::DBInstance');
  const [cluster] = propertiesOf('AWS::MSK::Cluster');
  return {
    stacks: [...new Set(resources.map(({ stack }) => stack))],
    concurrency: propertiesOf('AWS::Lambda::EventSourceMapping')
      .map(({ ProvisionedPollerConfig, ScalingConfig }) =>
        Number(ProvisionedPollerConfig?.MaximumPollers ?? ScalingConfig?.MaximumConcurrency ?? 0),
      )
      .reduce((sum, each) => sum + each, headroom),
    names: resources.flatMap(({ stack, Type, Properties = {} }) => {
      const { kind, property } = named[Type] ?? {};
      const name = property === undefined ? undefined : Properties[property];
      return kind === undefined || name === undefined ? [] : [{ kind, stack, name: text(name) }];
    }),
    ...(database === undefined
      ? {}
      : {
          postgres: {
            version: String(database.EngineVersion),
            instanceClass: String(database.DBInstanceClass),
          },
        }),
    ...(cluster === undefined ? {} : { kafkaVersion: String(cluster.KafkaVersion) }),
  };
}

interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
  readonly Properties?: Readonly<Record<string, any>>;
}

/** A text of a template whose only references are pseudo parameters. */
function textOf(value: unknown, pseudo: Readonly<Record<string, string>>): string {
  if (typeof value === 'string') return value;
  const { Ref: name, 'Fn::Join': join } = value as { Ref?: string; 'Fn::Join'?: [string, unknown[]] };
  if (join !== undefined) return join[1].map((part) => textOf(part, pseudo)).join(join[0]);
  const found = name === undefined ? undefined : pseudo[name];
  if (found === undefined) throw new Error(`The name ${JSON.stringify(value)} is known only to the deploy.`);
  return found;
}
