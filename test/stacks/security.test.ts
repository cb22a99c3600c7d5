import { expect, test } from '@jest/globals';
import { AwsSolutionsChecks } from 'cdk-nag';
import type { AppConfig } from '../../lib/app-config.ts';
import { stages } from '../../lib/config.ts';
import { onExisting, scram } from '../fixtures/existing-resources.ts';
import { withApp } from './with-app.ts';

/** Findings that are accepted, each with its reason. A finding is `<rule> <path of the construct>`. */
const accepted: readonly { readonly finding: RegExp; readonly reason: string }[] = [
  {
    finding: /^AwsSolutions-VPC7 Network\/Vpc/,
    reason:
      'Flow logs would show little: three rules between security groups admit all the traffic there is.',
  },
  {
    finding: /^AwsSolutions-S1 Storage\/Lake/,
    reason:
      'Only this app can read the bucket. A bucket for its access logs would be a second one to protect.',
  },
  {
    finding: /^AwsSolutions-SMG4 Storage\/Database/,
    reason:
      'The stack of the functions schedules the rotation of the roles. Only two functions use the master user.',
  },
  {
    finding: /^AwsSolutions-SMG4 Fraud\/Api\/\w+Token\/Secret/,
    reason:
      'A person gives each caller the new token. Two are valid at a time, so that nothing stops meanwhile.',
  },
  {
    finding: /^AwsSolutions-(APIG4|COG4) Fraud\/Api\/Rest\//,
    reason:
      'Functions check bearer tokens themselves, on AWS as locally. An authorizer would check them twice.',
  },
  {
    finding: /^AwsSolutions-APIG2 Fraud\/Api\/Rest\//,
    reason:
      'Functions validate each request, name the wrong field and count the rejection. API Gateway would not.',
  },
  {
    finding: /^AwsSolutions-APIG3 Fraud\/Api\/Rest\//,
    reason: 'Callers are few and known by their tokens; requests are throttled and strictly parsed.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] Fraud\/Api\/.+Role\/Resource/,
    reason: 'IAM cannot narrow the rights on network interfaces and traces to a resource.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.+Lake.+\/models\/fraud\/\*\] Fraud\//,
    reason: 'Model versions have names of their own, so the right covers their prefix.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] Analytics\/Analysts/,
    reason: 'Drivers list catalogs, engines and workgroups first, and IAM cannot narrow these rights.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.+Lake.+\/\*\] Analytics\/Analysts/,
    reason: 'The objects of a table have names of their own, so the right covers their prefix.',
  },
  {
    finding: /^AwsSolutions-RDS11 Storage\/Database/,
    reason:
      'Another port would protect nothing: the subnets have no route out, and only functions may connect.',
  },
  {
    finding: /^AwsSolutions-RDS(3|10) Storage\/Database/,
    reason: 'The stage decides on a second zone and on deletion protection; production has both.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] Weather\/DatabaseRoles\/RotateRole\/DefaultPolicy/,
    reason: 'IAM cannot narrow GetRandomPassword, which the CDK grants with a rotation, to a resource.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] Streaming\/Kafka\/PrepareTopicsRole\/Resource/,
    reason: 'IAM cannot narrow the rights on network interfaces and traces to a resource.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] Weather\/.+Role\/Resource/,
    reason: 'IAM cannot narrow the rights on network interfaces and traces to a resource.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] (Workflows|Fraud)\/.+Role\/Resource/,
    reason: 'IAM cannot narrow the rights on traces, log delivery and network interfaces to a resource.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] Fraud\/Api\/ShowCloudWatchRole\/DefaultPolicy/,
    reason: 'IAM cannot narrow the right to read metrics to a resource.',
  },
  {
    finding:
      /^AwsSolutions-IAM5\[Resource::.+Lake.+\/(incoming\/observations|raw\/observations|errors|aws\/lambda)\/\*\] (Weather|Fraud\/Monitor)\//,
    reason: 'Objects have names of their own, so the right covers their prefix.',
  },
  {
    finding:
      /^AwsSolutions-IAM5\[Resource::.+(Lake.+\/(incoming\/labels\/|models\/fraud\/(training\/|trained-|current|challenger))|\/aws-glue\/)\*\] Fraud\/(Labels|Retraining)\//,
    reason: 'Objects, versions and log streams have names of their own, so the right covers their prefix.',
  },
  {
    finding:
      /^AwsSolutions-IAM5\[Resource::.+(Lake.+\/(raw\/observations|curated\/observations|daily)|\/aws-glue)\/\*\] Workflows\/Daily\//,
    reason: 'Objects and log streams have names of their own, so the right covers their prefix.',
  },
  {
    finding: /^AwsSolutions-GL[13] (Workflows\/Daily\/DailySummary|Fraud\/Retraining\/TrainFraudModel)\/Job/,
    reason: 'CloudWatch encrypts its logs with its own key, and the job keeps no bookmarks that need one.',
  },
];

const withOptions: AppConfig = {
  ...stages.prod,
  network: { ...stages.prod.network, flowLogs: 'ALL' },
  api: { ...stages.prod.api, webAcl: { requestsInFiveMinutes: 10_000 } },
};
const configs = {
  dev: stages.dev,
  prod: stages.prod,
  'prod with flow logs and a web ACL': withOptions,
  'prod on what exists': onExisting({ kafka: { scram } }),
};

/** The findings by configuration. cdk-nag reads the constructs, so that nothing has to be synthesized. */
const findings = new Map(
  Object.entries(configs).map(([name, config]) => [
    name,
    withApp(config, (app) =>
      new AwsSolutionsChecks()
        .validateScope(app)
        .violations.flatMap(({ ruleName, violatingResources }) =>
          violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
        ),
    ),
  ]),
);

test.each([...findings])('every finding of cdk-nag in %s is fixed or accepted with a reason', (_, found) => {
  expect(found.filter((each) => !accepted.some(({ finding }) => finding.test(each)))).toEqual([]);
});

test('every accepted finding of cdk-nag still exists', () => {
  const found = [...findings.values()].flat();
  expect(accepted.filter(({ finding }) => !found.some((each) => finding.test(each)))).toEqual([]);
});

test('flow logs and a web ACL answer the findings that a stage without them has', () => {
  const options = /^AwsSolutions-(VPC7|APIG3) /;
  const answeredIn = (name: keyof typeof configs) => findings.get(name)?.filter((each) => options.test(each));
  expect(answeredIn('prod')).toHaveLength(2);
  expect(answeredIn('prod with flow logs and a web ACL')).toEqual([]);
});
