import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { AppConfig } from '../../lib/app-config.ts';
import { projectNode } from '../../localstack/setup/tools.mjs';
import type { Resource, TemplateJson, Templates } from './template-text.ts';

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

/**
 * The stage's templates by construct id. A run makes each once for all its files, in a process of its own:
 * the CDK takes seconds to load and to synthesize.
 */
export function templatesOf(config: AppConfig, ids: readonly string[] = stackIds): Templates {
  const wanted = JSON.stringify([config, ids]);
  const name = createHash('sha256').update(wanted).digest('hex');
  const file = join(process.env.ISOBAR_TEST_TEMPLATES ?? '', `${name}.json`);
  if (!existsSync(file)) {
    const made = `${file}.${process.pid}`;
    execFileSync(projectNode, [join(import.meta.dirname, 'synthesize.ts'), made], { input: wanted });
    renameSync(made, file);
  }
  return JSON.parse(readFileSync(file, 'utf8'));
}

export const resourcesOf = ({ Resources }: TemplateJson) => Resources;

export const resourcesOfType = (template: TemplateJson, type: string): Resource[] =>
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
