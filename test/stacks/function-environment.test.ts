import { globSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { stageNames, stages } from '../../lib/config.ts';
import { functionFolders, resourcesOfType, templatesOf } from './synthesized.ts';

const lambdas = join(import.meta.dirname, '../../lambdas');

async function configReaderOf(folder: string) {
  const [config = ''] = globSync(`*/${folder}/config.ts`, { cwd: lambdas });
  const { readConfig } = await import(join(lambdas, config));
  return readConfig;
}

/** A value that is known at deploy time only stands in as its template expression. */
const atDeployTime = (value: unknown) => (typeof value === 'string' ? value : 'broker-1:9098,broker-2:9098');

describe.each(stageNames)('in stage %s', (stage) => {
  const functions = Object.values(templatesOf(stages[stage])).flatMap((template) =>
    resourcesOfType(template, 'AWS::Lambda::Function'),
  );

  const variablesOf = (folder: string): Record<string, string> => {
    const found = functions.find(({ Properties }) => Properties.FunctionName === `isobar-${stage}-${folder}`);
    const variables: Record<string, unknown> = found?.Properties.Environment.Variables;
    return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, atDeployTime(value)]));
  };

  test.each(functionFolders)('%s is given every variable that its config.ts requires', async (folder) => {
    const readConfig = await configReaderOf(folder);
    expect(() => readConfig(variablesOf(folder))).not.toThrow();
  });

  test.each(functionFolders)('%s is given no variable that nothing reads', async (folder) => {
    const readConfig = await configReaderOf(folder);
    const read = new Set(['POWERTOOLS_SERVICE_NAME', 'LOG_LEVEL']);
    const variables = variablesOf(folder);
    const noting = new Proxy(variables, {
      get(target, name: string) {
        read.add(name);
        return target[name];
      },
    });
    readConfig(noting);
    expect(Object.keys(variables).filter((name) => !read.has(name))).toEqual([]);
  });
});
