import { createHash } from 'node:crypto';
import { existsSync, globSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AppConfig } from '../../lib/app-config.ts';
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

/** What the synthesizer writes about a request. */
type Answer = { readonly templates: Templates } | { readonly error: string };

/** Generous for a busy machine. */
const patienceMs = 240_000;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/**
 * The stage's templates by construct id. synthesizer.ts makes each once in a run: it answers a file `.wanted`
 * with a file `.json`.
 */
export function templatesOf(config: AppConfig, ids: readonly string[] = stackIds): Templates {
  const wanted = JSON.stringify([config, ids]);
  const name = createHash('sha256').update(wanted).digest('hex');
  const folder = process.env.ISOBAR_TEST_TEMPLATES ?? '';
  const file = join(folder, `${name}.json`);
  if (!existsSync(file)) {
    writeFileSync(`${file}.${process.pid}`, wanted);
    renameSync(`${file}.${process.pid}`, file.replace(/json$/, 'wanted'));
  }
  const deadline = Date.now() + patienceMs;
  while (!existsSync(file)) {
    if (!existsSync(folder)) throw new Error('the run has ended');
    if (Date.now() > deadline) throw new Error(`no templates within ${patienceMs / 1000} s`);
    Atomics.wait(sleeper, 0, 0, 20);
  }
  const answer: Answer = JSON.parse(readFileSync(file, 'utf8'));
  if ('error' in answer) throw new Error(answer.error);
  return answer.templates;
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
