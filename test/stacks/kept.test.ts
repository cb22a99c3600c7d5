import { expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const templates = templatesOf(stages.prod);
const text = textIn(templates);

const resources = Object.entries(templates).flatMap(([stack, { Resources }]) =>
  Object.entries(Resources).map(([id, resource]) => ({ path: `${stack}.${id}`, stack, ...resource })),
);
const isKept = ({ DeletionPolicy }: { readonly DeletionPolicy?: string }) =>
  DeletionPolicy?.startsWith('Retain');

/** The paths of the resources that a value refers to, in its own stack or in another. */
const referredBy = (stack: string, value: unknown): string[] =>
  [...text(value).matchAll(/<(?:part \d+ of )*([\w.]+)>/g)].flatMap(([, reference = '']) => {
    const [first = '', second] = reference.split('.');
    return [
      second === undefined || templates[first] === undefined ? `${stack}.${first}` : `${first}.${second}`,
    ];
  });

/** AWS deletes these although something that is kept writes to them. */
const deletable = /^AWS::(Logs::LogGroup|SecretsManager::Secret|SQS::Queue)$/;

test('what is kept in production keeps all that it uses: AWS would refuse to delete it', () => {
  const missing = resources.filter(isKept).flatMap(({ path, stack, Properties }) =>
    referredBy(stack, Properties).flatMap((used) => {
      const found = resources.find((each) => each.path === used);
      return found === undefined || isKept(found) || deletable.test(found.Type)
        ? []
        : [`${path} uses ${used}`];
    }),
  );
  expect(missing).toEqual([]);
  const types = new Set(resources.filter(isKept).map(({ Type }) => Type));
  expect([...types]).toEqual(
    expect.arrayContaining([
      'AWS::EC2::SecurityGroup',
      'AWS::EC2::Subnet',
      'AWS::EC2::VPC',
      'AWS::MSK::Cluster',
      'AWS::MSK::Configuration',
      'AWS::RDS::DBInstance',
      'AWS::RDS::DBParameterGroup',
    ]),
  );
});

test('what costs money without the rest is deleted, and dev keeps nothing', () => {
  const keptTypes = resources.filter(isKept).map(({ Type }) => Type);
  for (const type of ['AWS::EC2::NatGateway', 'AWS::EC2::EIP']) expect(keptTypes).not.toContain(type);
  const dev = Object.values(templatesOf(stages.dev)).flatMap(({ Resources }) => Object.values(Resources));
  expect(dev.filter(isKept)).toEqual([]);
});
