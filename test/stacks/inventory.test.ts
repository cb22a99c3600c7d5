import { expect, test } from '@jest/globals';
import { stages, withQuickSight } from '../../lib/config.ts';
import { inventoryOf } from './inventory.ts';
import { stackIds, templatesOf } from './synthesized.ts';

const principal = 'arn:aws:quicksight:us-east-1:123456789012:group/default/weather';
const templates = templatesOf(withQuickSight(stages.prod, principal));

test.each(stackIds)('the %s stack holds the resources, rights and open ports of its inventory', (stack) => {
  expect(inventoryOf(stack, templates)).toMatchSnapshot();
});

/** The inventories of two templates that differ in what `change` does to a copy of the first. */
function inventoriesAround(
  stack: string,
  // biome-ignore lint/suspicious/noExplicitAny: a template is JSON of any shape
  change: (resources: any, idOf: (type: string) => string) => void,
): [string, string] {
  const changed = structuredClone(templates);
  const resources = changed[stack]?.Resources ?? {};
  change(resources, (type) => Object.keys(resources).find((id) => resources[id]?.Type === type) ?? '');
  return [inventoryOf(stack, templates), inventoryOf(stack, changed)];
}

test.each<[string, string, Parameters<typeof inventoriesAround>[1]]>([
  ['a removed alarm', 'Weather', (resources, idOf) => delete resources[idOf('AWS::CloudWatch::Alarm')]],
  [
    'an action added to a policy',
    'Fraud',
    (resources, idOf) => {
      const [statement] = resources[idOf('AWS::IAM::Policy')].Properties.PolicyDocument.Statement;
      statement.Action = [statement.Action, 's3:DeleteObject'].flat();
    },
  ],
  [
    'a policy attached to one role more',
    'Workflows',
    (resources, idOf) => {
      resources[idOf('AWS::IAM::Policy')].Properties.Roles.push({ Ref: idOf('AWS::IAM::Role') });
    },
  ],
  [
    'a dropped condition of a statement',
    'Storage',
    (resources, idOf) => {
      const { Statement } = resources[idOf('AWS::SQS::QueuePolicy')].Properties.PolicyDocument;
      for (const statement of Statement) delete statement.Condition;
    },
  ],
  [
    'a function that acts as another role',
    'Fraud',
    (resources, idOf) => {
      const lambda = resources[idOf('AWS::Lambda::Function')];
      lambda.Properties.Role = { 'Fn::GetAtt': ['ApiRestCloudWatchRoleC77E86EB', 'Arn'] };
    },
  ],
  [
    'a port that is opened within a security group',
    'Network',
    (resources, idOf) => {
      const group = resources[idOf('AWS::EC2::SecurityGroup')];
      group.Properties.SecurityGroupIngress = [{ CidrIp: '0.0.0.0/0', IpProtocol: 'tcp', FromPort: 22 }];
    },
  ],
  [
    'a security group that lets more out',
    'Network',
    (resources) => {
      const [database] = Object.values<{ Properties: { GroupDescription?: string } }>(resources).filter(
        ({ Properties }) => Properties.GroupDescription === 'Postgres',
      );
      Object.assign(database?.Properties ?? {}, { SecurityGroupEgress: [{ CidrIp: '0.0.0.0/0' }] });
    },
  ],
  [
    'a bucket that is deleted with its stack',
    'Storage',
    (resources, idOf) => {
      resources[idOf('AWS::S3::Bucket')].DeletionPolicy = 'Delete';
    },
  ],
])('the inventory shows %s', (_, stack, change) => {
  const [before, after] = inventoriesAround(stack, change);
  expect(after).not.toBe(before);
});

test('the inventory shows no new build of a function', () => {
  const [before, after] = inventoriesAround('Weather', (resources) => {
    for (const { Properties } of Object.values<{ Properties?: { Code?: { S3Key?: string } } }>(resources))
      if (Properties?.Code?.S3Key) Properties.Code.S3Key = `${'0'.repeat(64)}.zip`;
  });
  expect(after).toBe(before);
});
