import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { codeOfAssembly } from '../../../../localstack/dev/deployed-functions.ts';

test('the code of a function is found in the assembly by the hash of its asset', async () => {
  const assembly = mkdtempSync(path.join(tmpdir(), 'isobar-assembly-'));
  const write = (file: string, content: unknown) =>
    writeFileSync(path.join(assembly, file), typeof content === 'string' ? content : JSON.stringify(content));
  const stack = { stackName: 'weather', templateFile: 'weather.json' };
  write('manifest.json', { artifacts: { weather: { type: 'aws:cloudformation:stack', properties: stack } } });
  write('weather.json', {
    Resources: {
      Land: {
        Type: 'AWS::Lambda::Function',
        Properties: { FunctionName: 'isobar-local-land-observations', Code: { S3Key: 'abc.zip' } },
      },
      // One of the CDK's own functions has no name.
      Provider: { Type: 'AWS::Lambda::Function', Properties: { Code: { S3Key: 'def.zip' } } },
      Topic: { Type: 'AWS::SNS::Topic' },
    },
  });
  mkdirSync(path.join(assembly, 'asset.abc'));
  write('asset.abc/index.js', 'exports.handler = 1');
  expect(await codeOfAssembly(assembly)).toEqual(new Map([['land-observations', 'exports.handler = 1']]));
  rmSync(assembly, { recursive: true });
  expect(await codeOfAssembly(assembly)).toEqual(new Map());
});
