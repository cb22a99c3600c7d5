import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AppProps, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { Isobar } from '../../lib/app.ts';
import type { AppConfig } from '../../lib/app-config.ts';
import type { TemplateJson, Templates } from './template-text.ts';

const lambdas = join(import.meta.dirname, '../../lambdas');

/** The functions of these pipelines, or of all: the folders of lambdas/ that hold a handler. */
export const functionsOf = (...pipelines: readonly string[]): string[] =>
  globSync('*/*/handler.ts', { cwd: lambdas })
    .map((handler) => handler.split('/'))
    .filter(([pipeline = '']) => pipelines.length === 0 || pipelines.includes(pipeline))
    .map(([, folder = '']) => folder)
    .sort();

export const stackIds = [
  'Network',
  'Streaming',
  'Storage',
  'Analytics',
  'Weather',
  'Fraud',
  'Workflows',
  'Observability',
] as const;

export interface Resource {
  readonly Type: string;
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
  readonly Properties?: any;
  readonly DependsOn?: string | string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

// The check against CloudFormation's schemas, which `npm run synth` makes, would take most of the time.
process.env.CDK_VALIDATION = 'false';

/** Builds the app on bundles that hold nothing, hands it to `use`, and removes the bundles. */
export function withApp<T>(config: AppConfig, use: (app: Isobar) => T, props: AppProps = {}): T {
  const folder = mkdtempSync(join(tmpdir(), 'isobar-stacks-'));
  try {
    const bundles = join(folder, 'bundles');
    for (const name of functionsOf()) {
      mkdirSync(join(bundles, name), { recursive: true });
      writeFileSync(join(bundles, name, 'index.js'), '');
    }
    return use(new Isobar({ config, bundles, outdir: join(folder, 'cdk.out'), ...props }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const made = new Map<string, Record<string, Template>>();

/** The stage's templates by construct id. Each is made once in a file of tests: it takes seconds. */
export function templatesOf(config: AppConfig, ids: readonly string[] = stackIds): Record<string, Template> {
  const key = JSON.stringify([config, ids]);
  const templates =
    made.get(key) ??
    withApp(config, (app) =>
      Object.fromEntries(ids.map((id) => [id, Template.fromStack(app.node.findChild(id) as Stack)])),
    );
  made.set(key, templates);
  return templates;
}

/** The templates as JSON, by construct id. */
export const jsonOf = (templates: Record<string, Template>): Templates =>
  Object.fromEntries(
    Object.entries(templates).map(([id, template]) => [id, template.toJSON() as TemplateJson]),
  );

export const resourcesOf = (template: Template): Record<string, Resource> => template.toJSON().Resources;

export const resourcesOfType = (template: Template, type: string): Resource[] =>
  Object.values(resourcesOf(template)).filter((resource) => resource.Type === type);

/** A resource with the id of its stack and its own logical id. */
export interface Located extends Resource {
  readonly stack: string;
  readonly id: string;
}

/** The resources of a type in the whole app. */
export const allOfType = (templates: Templates, type: string): Located[] =>
  Object.entries(templates).flatMap(([stack, { Resources }]) =>
    Object.entries(Resources)
      .filter(([, { Type }]) => Type === type)
      .map(([id, resource]) => ({ stack, id, ...resource })),
  );
