import { expect, test } from '@jest/globals';
import { AwsSolutionsChecks } from 'cdk-nag';
import { stages } from '../../lib/config.ts';
import { withApp } from './synthesized.ts';

/** Findings that stand, each with why it is no fault. A finding is `<rule> <path of the construct>`. */
const answers: readonly { readonly finding: RegExp; readonly reason: string }[] = [
  {
    finding: /^AwsSolutions-VPC7 Network\/Vpc/,
    reason:
      'Flow logs cost more than they tell: three rules between security groups are all that lets traffic in.',
  },
  {
    finding: /^AwsSolutions-S1 Storage\/Lake/,
    reason:
      'The bucket is closed to the public and read by this app alone; a log bucket would be a second one to guard.',
  },
  {
    finding: /^AwsSolutions-SMG4 Storage\/Database/,
    reason:
      'Functions fetch the password once per cold start, so a rotation under their feet would cut them off.',
  },
  {
    finding: /^AwsSolutions-SMG4 Fraud\/Api\/\w+Token\/Secret/,
    reason:
      'Whoever calls has to learn of a new token; two are valid at a time, so that this needs no hurry.',
  },
  {
    finding: /^AwsSolutions-(APIG4|COG4) Fraud\/Api\/Rest\//,
    reason:
      'Functions check bearer tokens themselves, the same on AWS and locally; an authorizer would be a second lock.',
  },
  {
    finding: /^AwsSolutions-APIG2 Fraud\/Api\/Rest\//,
    reason:
      'Functions validate each request, name the field that is wrong and count the refusal: a validator in front does neither.',
  },
  {
    finding: /^AwsSolutions-APIG3 Fraud\/Api\/Rest\//,
    reason:
      'Callers are few and known by their tokens; throttling and strict parsing stand before everything.',
  },
  {
    finding: /^AwsSolutions-IAM4.+ Fraud\/Api\/Rest\/CloudWatchRole/,
    reason:
      'The role is of API Gateway itself, for all APIs of the account: this policy is the one it asks for.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] Fraud\/Api\/.+Role\/Resource/,
    reason: 'EC2 and X-Ray do not let network interfaces and traces be narrowed to a resource.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.+Lake.+\/models\/fraud\/\*\] Fraud\//,
    reason: 'Versions of the model are not known beforehand; the prefix is as narrow as it gets.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] Analytics\/Analysts/,
    reason: 'Lists of catalogs, engines and workgroups know no resource; drivers ask for them first.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::.+Lake.+\/\*\] Analytics\/Analysts/,
    reason: 'The objects of a table are not known beforehand; the prefix is as narrow as it gets.',
  },
  {
    finding: /^AwsSolutions-RDS11 Storage\/Database/,
    reason:
      'The port is no secret: the database has no route out of its subnets and lets in the functions alone.',
  },
  {
    finding: /^AwsSolutions-RDS(3|10) Storage\/Database/,
    reason: 'A second zone and protection from deletion are values of the stage, on in production.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] Weather\/.+Role\/Resource/,
    reason: 'EC2 and X-Ray do not let network interfaces and traces be narrowed to a resource.',
  },
  {
    finding: /^AwsSolutions-IAM5\[Resource::\*\] (Workflows|Fraud)\/.+Role\/Resource/,
    reason:
      'Neither X-Ray nor the delivery of logs nor network interfaces let these rights be narrowed to a resource.',
  },
  {
    finding:
      /^AwsSolutions-IAM5\[Resource::.+Lake.+\/(incoming\/observations|raw\/observations|errors|aws\/lambda)\/\*\] (Weather|Fraud\/Monitor)\//,
    reason: 'The names of files are not known beforehand; the prefix is as narrow as it gets.',
  },
  {
    finding:
      /^AwsSolutions-IAM5\[Resource::.+(Lake.+\/(incoming\/labels\/|models\/fraud\/(training\/|trained-|current))|\/aws-glue\/)\*\] Fraud\/(Labels|Retraining)\//,
    reason:
      'The names of files, versions and log streams are not known beforehand; the prefix is as narrow as it gets.',
  },
  {
    finding:
      /^AwsSolutions-IAM5\[Resource::.+(Lake.+\/(raw\/observations|curated\/observations|daily)|\/aws-glue)\/\*\] Workflows\/Daily\//,
    reason:
      'The names of files and of log streams are not known beforehand; the prefix is as narrow as it gets.',
  },
  {
    finding: /^AwsSolutions-GL[13] (Workflows\/Daily\/DailySummary|Fraud\/Retraining\/TrainFraudModel)\/Job/,
    reason:
      'CloudWatch encrypts its logs with a key of its own, and the job keeps no bookmarks: a key of ours would guard neither.',
  },
];

const findingsOf = (stage: 'dev' | 'prod'): string[] =>
  withApp(stages[stage], (app) => {
    app.synth();
    const { violations } = new AwsSolutionsChecks().validateScope(app);
    return violations.flatMap(({ ruleName, violatingResources }) =>
      violatingResources.map(({ constructPath }) => `${ruleName} ${constructPath}`),
    );
  });

test.each(['dev', 'prod'] as const)('every finding of AWS Solutions in %s is fixed or answered', (stage) => {
  expect(findingsOf(stage).filter((found) => !answers.some(({ finding }) => finding.test(found)))).toEqual(
    [],
  );
});

test('no answer outlives its finding', () => {
  const findings = findingsOf('dev');
  expect(answers.filter(({ finding }) => !findings.some((found) => finding.test(found)))).toEqual([]);
});
