import {
  CfnResource,
  DefaultTokenResolver,
  type IResolvable,
  type IResolveContext,
  Reference,
  StringConcat,
  Tokenization,
} from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { clusterArnOf } from './arn.ts';

// biome-ignore lint/suspicious/noExplicitAny: the properties are JSON of any shape, with intrinsics anywhere
type Properties = Readonly<Record<string, any>>;

export interface Resource {
  /** Path of the construct. */
  readonly path: string;
  readonly type: string;
  /** As in the template, but each reference is `{"Fn::GetAtt": [<construct path>, <attribute or "Ref">]}`. */
  readonly properties: Properties;
  readonly construct: CfnResource;
}

/** All resources of these types, by construct path, with tokens resolved and overrides applied. */
export function resourcesOf(root: IConstruct, types: readonly string[]): ReadonlyMap<string, Resource> {
  const resources = root.node
    .findAll()
    .filter((construct) => CfnResource.isCfnResource(construct))
    .filter((construct) => types.includes(construct.cfnResourceType))
    .map((construct) => ({
      path: construct.node.path,
      type: construct.cfnResourceType,
      properties: propertiesOf(construct),
      construct,
    }));
  return new Map(resources.map((resource) => [resource.path, resource]));
}

/** Only the rendered template shows what addPropertyOverride changed; the getters of the construct do not. */
function propertiesOf(construct: CfnResource): Properties {
  const rendered = (construct as unknown as { _toCloudFormation(): object })._toCloudFormation();
  const { Resources } = Tokenization.resolve(rendered, { scope: construct, resolver, preparing: false });
  const [resource] = Object.values(Resources as Record<string, { readonly Properties?: Properties }>);
  return resource?.Properties ?? {};
}

/** Resolves references to construct paths, where the CDK writes logical ids, and imports across stacks. */
class ReferenceResolver extends DefaultTokenResolver {
  override resolveToken(
    token: IResolvable,
    context: IResolveContext,
    postProcessor: Parameters<DefaultTokenResolver['resolveToken']>[2],
  ): unknown {
    if (!Reference.isReference(token)) return super.resolveToken(token, context, postProcessor);
    if (token.displayName.startsWith('AWS::')) return { Ref: token.displayName };
    return clusterArnOf(token.target) ?? { 'Fn::GetAtt': [token.target.node.path, token.displayName] };
  }
}

class IntrinsicConcat extends StringConcat {
  override join(left: unknown, right: unknown): unknown {
    const literal = [left, right].every((part) => part === undefined || typeof part === 'string');
    return literal
      ? super.join(left, right)
      : { 'Fn::Join': ['', [left, right].filter((part) => part !== undefined)] };
  }
}

const resolver = new ReferenceResolver(new IntrinsicConcat());

/** The path of the construct that a value refers to, if it is a reference. */
export const referenced = (value: unknown): string | undefined =>
  (value as { readonly 'Fn::GetAtt'?: [string, string] } | undefined)?.['Fn::GetAtt']?.[0];

/** A value as text, with `${…}` for each part that only the deploy knows. Equal values have equal texts. */
export function textOf(value: unknown): string {
  const folded = fold(value);
  return typeof folded === 'string' ? folded : ofDeploy(folded);
}

function fold(value: unknown): unknown {
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(fold);
  const [[name, argument] = ['', undefined]] = Object.entries(value);
  return intrinsics[name]?.(argument) ?? ofDeploy(value);
}

// biome-ignore lint/suspicious/noExplicitAny: each intrinsic takes a list of its own shape
const intrinsics: Readonly<Record<string, (argument: any) => unknown>> = {
  Ref: (name) => `\${${name}}`,
  'Fn::GetAtt': (argument) => `\${${[argument].flat().join('.')}}`,
  'Fn::Sub': (argument) => [argument].flat()[0],
  'Fn::Join': ([separator, list]) => {
    const parts = fold(list);
    return Array.isArray(parts) ? parts.map(textOf).join(separator) : undefined;
  },
  'Fn::Split': ([separator, text]) => textOf(text).split(separator),
  'Fn::Select': ([index, list]) => {
    const parts = fold(list);
    return Array.isArray(parts) ? parts[Number(index)] : undefined;
  },
};

const ofDeploy = (value: unknown): string => `\${${JSON.stringify(value).replace(/[${}]/g, '')}}`;
