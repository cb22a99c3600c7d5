import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { skippedLocally } from '../platform/skipped-resources.ts';

interface Template {
  readonly Resources: Readonly<Record<string, { readonly Type: string }>>;
}

/** A template under the name of its stack. */
export type Templates = ReadonlyMap<string, Template>;

interface CheckOptions {
  /** Directory of a synthesized cloud assembly. */
  readonly assembly: string;
  readonly endpointUrl: string;
}

/**
 * Checks every resource type before anything is deployed: LocalStack reports CREATE_COMPLETE for types it
 * does not know, and the stacks built on them fail much later.
 * @returns the skipped resources, each with the reason
 * @throws Error that names every resource that is neither supported nor skipped
 */
export async function refuseUnsupportedResources({
  assembly,
  endpointUrl,
}: CheckOptions): Promise<SkippedResource[]> {
  const [templates, supported] = await Promise.all([readTemplates(assembly), supportedTypes(endpointUrl)]);
  const refused = unsupportedResources(templates, supported);
  if (refused.length === 0) return skippedResources(templates);
  throw new Error(
    [
      'The local platform cannot provision these resources:',
      ...refused.map(({ stack, logicalId, type }) => `  ${stack}: ${logicalId} (${type})`),
      'Add their types to the LocalStack extension, or to skippedLocally in localstack/platform/skipped-resources.ts.',
    ].join('\n'),
  );
}

interface Resource {
  readonly stack: string;
  readonly logicalId: string;
  readonly type: string;
}

export interface SkippedResource extends Resource {
  readonly reason: string;
}

const skippedResources = (templates: Templates): SkippedResource[] =>
  resourcesOf(templates).flatMap((resource) => {
    const reason = Object.hasOwn(skippedLocally, resource.type) ? skippedLocally[resource.type] : undefined;
    return reason === undefined ? [] : [{ ...resource, reason }];
  });

const resourcesOf = (templates: Templates): Resource[] =>
  [...templates].flatMap(([stack, { Resources }]) =>
    Object.entries(Resources).map(([logicalId, { Type: type }]) => ({ stack, logicalId, type })),
  );

export function unsupportedResources(
  templates: Templates,
  supported: ReadonlySet<string>,
  skipped: Readonly<Record<string, string>> = skippedLocally,
): Resource[] {
  return resourcesOf(templates).filter(
    ({ type }) => !supported.has(providedType(type)) && !Object.hasOwn(skipped, type),
  );
}

/** `Custom::<anything>` is another name for a custom resource. */
const providedType = (type: string) =>
  type.startsWith('Custom::') ? 'AWS::CloudFormation::CustomResource' : type;

async function supportedTypes(endpointUrl: string): Promise<Set<string>> {
  const response = await fetch(new URL('/_isobar/resource-types', endpointUrl));
  if (!response.ok) {
    throw new Error(
      `${endpointUrl} answered ${response.status} when asked for its resource types. Is it LocalStack with the extension? \`npm start\` starts one.`,
    );
  }
  const { supported } = (await response.json()) as { readonly supported: readonly string[] };
  return new Set(supported);
}

interface Manifest {
  readonly artifacts: Readonly<Record<string, StackArtifact>>;
}

interface StackArtifact {
  readonly type: string;
  readonly properties: { readonly stackName: string; readonly templateFile: string };
}

/** The templates of a cloud assembly by stack name. */
export async function readTemplates(assembly: string): Promise<Templates> {
  const { artifacts } = await readJson<Manifest>(join(assembly, 'manifest.json'));
  const stacks = Object.values(artifacts).filter(({ type }) => type === 'aws:cloudformation:stack');
  return new Map(
    await Promise.all(
      stacks.map(
        async ({ properties: { stackName, templateFile } }) =>
          [stackName, await readJson<Template>(join(assembly, templateFile))] as const,
      ),
    ),
  );
}

const readJson = async <T>(file: string) => JSON.parse(await readFile(file, 'utf8')) as T;
