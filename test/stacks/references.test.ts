import { expect, test } from '@jest/globals';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { stages } from '../../lib/config.ts';
import { resourcesOfType } from './synthesized.ts';
import type { TemplateJson } from './template-text.ts';
import { withApp } from './with-app.ts';

const config = { ...stages.prod, managedPrometheus: { grafana: true } };

/** Every stack by its name: its template, and the names of the stacks that are deployed before it. */
const stacks = withApp(config, (app) => {
  const all = app.node.children.filter((child): child is Stack => child instanceof Stack);
  return new Map(
    all.map((stack) => [
      stack.stackName,
      {
        template: Template.fromStack(stack).toJSON() as TemplateJson,
        before: stack.dependencies.map(({ stackName }) => stackName),
      },
    ]),
  );
});
const jsonOf = (name: string) => stacks.get(name)?.template as TemplateJson;

/** Every Fn::GetStackOutput, with the stack that reads it. */
const reads = [...stacks.keys()].flatMap((reader) => {
  const found: { reader: string; StackName: string; OutputName: string }[] = [];
  JSON.stringify(jsonOf(reader), (key, value) => {
    if (key === 'Fn::GetStackOutput') found.push({ reader, ...value });
    return value;
  });
  return found;
});

test.each([...stacks.keys()])('%s neither exports nor imports: what stacks share can be replaced', (name) => {
  expect(JSON.stringify(jsonOf(name))).not.toContain('Fn::ImportValue');
  for (const output of Object.values(jsonOf(name).Outputs ?? {})) expect(output.Export).toBeUndefined();
});

test('a stack reads only outputs that exist, of stacks that are deployed before it', () => {
  expect(reads.length).toBeGreaterThan(50);
  const impossible = reads.filter(
    ({ reader, StackName, OutputName }) =>
      jsonOf(StackName).Outputs?.[OutputName] === undefined ||
      !stacks.get(reader)?.before.includes(StackName),
  );
  expect(impossible).toEqual([]);
});

test('the look-up of the brokers runs again when the cluster is replaced or takes other clients', () => {
  const streaming = stacks.get('isobar-prod-streaming')?.template;
  if (streaming === undefined) throw new Error('The app has no streaming stack.');
  const [lookup] = resourcesOfType(streaming, 'Custom::KafkaBootstrapBrokers');
  const { Create, Update } = lookup?.Properties ?? {};
  expect(Update).toEqual(Create);
  const text = JSON.stringify(Update);
  expect(text).toMatch(/"Fn::GetAtt":\["KafkaCluster\w*","Arn"\]/);
  expect(text).toContain(config.kafka.access.bootstrapField);
});
