import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  refuseUnsupportedResources,
  type Templates,
  unsupportedResources,
} from '../../../../localstack/deploy/supported-resources.ts';

const stack = (name: string, types: Record<string, string>): Templates =>
  new Map([
    [name, { Resources: Object.fromEntries(Object.entries(types).map(([id, Type]) => [id, { Type }])) }],
  ]);

describe('unsupportedResources', () => {
  const supported = new Set(['AWS::SQS::Queue', 'AWS::CloudFormation::CustomResource']);

  test('an unsupported resource is named by stack, logical id and type', () => {
    const templates = stack('isobar-local-storage', {
      Jobs: 'AWS::SQS::Queue',
      Board: 'AWS::DAX::Cluster',
    });
    expect(unsupportedResources(templates, supported)).toEqual([
      { stack: 'isobar-local-storage', logicalId: 'Board', type: 'AWS::DAX::Cluster' },
    ]);
  });

  test('a type Custom::<anything> counts as a custom resource', () => {
    expect(unsupportedResources(stack('s', { Migrations: 'Custom::Trigger' }), supported)).toEqual([]);
    expect(unsupportedResources(stack('s', { Migrations: 'Custom::Trigger' }), new Set())).toHaveLength(1);
  });

  test('a type that is skipped with a reason is accepted', () => {
    const templates = stack('s', { Board: 'AWS::DAX::Cluster' });
    expect(unsupportedResources(templates, supported, { 'AWS::DAX::Cluster': 'a paid service' })).toEqual([]);
  });

  test('a type named like a property of every object is unsupported', () => {
    expect(unsupportedResources(stack('s', { Odd: 'constructor' }), supported)).toHaveLength(1);
  });
});

describe('refuseUnsupportedResources', () => {
  let server: Server;
  let endpointUrl: string;
  let assembly: string;
  let answersWith = 200;

  beforeAll(async () => {
    server = createServer((request, response) => {
      const status = request.url === '/_isobar/resource-types' ? answersWith : 404;
      response.writeHead(status).end(JSON.stringify({ supported: ['AWS::SQS::Queue'] }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    endpointUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    assembly = await mkdtemp(join(tmpdir(), 'isobar-assembly-'));
    const artifacts = {
      Tree: { type: 'cdk:tree', properties: { file: 'tree.json' } },
      Storage: {
        type: 'aws:cloudformation:stack',
        properties: { stackName: 'isobar-local-storage', templateFile: 'Storage.template.json' },
      },
    };
    await writeFile(join(assembly, 'manifest.json'), JSON.stringify({ artifacts }));
  });

  afterAll(async () => {
    await rm(assembly, { recursive: true });
    await new Promise((resolve) => server.close(resolve));
  });

  const given = (types: Record<string, string>) => {
    const Resources = Object.fromEntries(Object.entries(types).map(([id, Type]) => [id, { Type }]));
    return writeFile(join(assembly, 'Storage.template.json'), JSON.stringify({ Resources }));
  };

  test('a deploy with an unsupported resource fails and names the resource and its stack', async () => {
    await given({ Jobs: 'AWS::SQS::Queue', Database: 'AWS::RDS::DBInstance' });
    await expect(refuseUnsupportedResources({ assembly, endpointUrl })).rejects.toThrow(
      'isobar-local-storage: Database (AWS::RDS::DBInstance)',
    );
  });

  test('a deploy passes the check when every resource is supported', async () => {
    await given({ Jobs: 'AWS::SQS::Queue' });
    await expect(refuseUnsupportedResources({ assembly, endpointUrl })).resolves.toEqual([]);
  });

  test('the check returns each skipped resource with the reason', async () => {
    await given({ Jobs: 'AWS::SQS::Queue', Board: 'AWS::QuickSight::Dashboard' });
    await expect(refuseUnsupportedResources({ assembly, endpointUrl })).resolves.toEqual([
      {
        stack: 'isobar-local-storage',
        logicalId: 'Board',
        type: 'AWS::QuickSight::Dashboard',
        reason: 'QuickSight has no local engine',
      },
    ]);
  });

  test('a LocalStack without the extension is refused', async () => {
    await given({ Jobs: 'AWS::SQS::Queue' });
    answersWith = 404;
    await expect(refuseUnsupportedResources({ assembly, endpointUrl })).rejects.toThrow('with the extension');
  });
});
