import { CfnWebACL, CfnWebACLAssociation } from 'aws-cdk-lib/aws-wafv2';
import { Construct } from 'constructs';

export interface WebAclProps {
  readonly name: string;
  /** ARN of the stage of a REST API. */
  readonly protects: string;
  /** Of one address; more are answered with 403 until fewer come. */
  readonly requestsInFiveMinutes: number;
}

/** https://docs.aws.amazon.com/waf/latest/APIReference/API_RateBasedStatement.html */
const limits = { least: 10, most: 2_000_000_000 };

/** A web ACL in front of an API: AWS's common rules, and a limit for each address of a caller. */
export class WebAcl extends Construct {
  constructor(scope: Construct, id: string, { name, protects, requestsInFiveMinutes }: WebAclProps) {
    super(scope, id);
    const limit = requestsInFiveMinutes;
    if (!Number.isInteger(limit) || limit < limits.least || limit > limits.most)
      throw new Error(
        `api.webAcl.requestsInFiveMinutes in lib/config.ts is ${limit}: ` +
          `expected a whole number from ${limits.least} to ${limits.most}`,
      );
    const visible = (metricName: string) => ({
      cloudWatchMetricsEnabled: true,
      // The samples show headers, and so tokens.
      sampledRequestsEnabled: false,
      metricName,
    });
    const acl = new CfnWebACL(this, 'Acl', {
      name,
      scope: 'REGIONAL',
      defaultAction: { allow: {} },
      visibilityConfig: visible(name),
      rules: [
        {
          name: 'limit',
          priority: 0,
          action: { block: {} },
          statement: { rateBasedStatement: { aggregateKeyType: 'IP', limit } },
          visibilityConfig: visible(`${name}-limit`),
        },
        {
          name: 'common',
          priority: 1,
          overrideAction: { none: {} },
          statement: {
            managedRuleGroupStatement: {
              vendorName: 'AWS',
              name: 'AWSManagedRulesCommonRuleSet',
              // It would refuse bodies over 8 KB. The API has limits of its own; metric samples are larger.
              ruleActionOverrides: [{ name: 'SizeRestrictions_BODY', actionToUse: { count: {} } }],
            },
          },
          visibilityConfig: visible(`${name}-common`),
        },
      ],
    });
    new CfnWebACLAssociation(this, 'Association', { resourceArn: protects, webAclArn: acl.attrArn });
  }
}
