import { join } from 'node:path';
import { Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { type ISecurityGroup, type IVpc, SubnetType } from 'aws-cdk-lib/aws-ec2';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  Architecture,
  type CfnFunction,
  Code,
  Function as LambdaFunction,
  Runtime,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';

/** Where functions run: in a VPC, and in the security group that the brokers and the database admit. */
export interface FunctionNetwork {
  readonly vpc: IVpc;
  readonly functions: ISecurityGroup;
}

/** What all functions of a stack have in common. */
export interface FunctionSetting {
  readonly config: AppConfig;
  readonly network: FunctionNetwork;
  /** Directory that holds one bundle per folder of lambdas/. */
  readonly bundles: string;
}

export interface NodeFunctionProps extends FunctionSetting {
  /** The function's folder in lambdas/<pipeline>/, and its name after the prefix of project and stage. */
  readonly folder: string;
  readonly memoryMb: number;
  readonly timeout: Duration;
  readonly environment: Readonly<Record<string, string>>;
  /** The most executions at once, taken from the account's. Default: as many as the account has left. */
  readonly reservedConcurrency?: number | undefined;
}

/** A function from lambdas/, in the private subnets, with a log group and an alarm on errors. */
export class NodeFunction extends LambdaFunction {
  constructor(scope: Construct, id: string, props: NodeFunctionProps) {
    const { config, network, bundles, folder, memoryMb, timeout, environment, reservedConcurrency } = props;
    const functionName = `isobar-${config.stage}-${folder}`;
    const logGroup = new LogGroup(scope, `${id}Logs`, {
      logGroupName: `/aws/lambda/${functionName}`,
      retention: config.functions.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    super(scope, id, {
      functionName,
      runtime: Runtime.NODEJS_24_X,
      architecture: Architecture[architectures[config.functions.architecture]],
      handler: 'index.handler',
      code: Code.fromAsset(join(bundles, folder)),
      memorySize: memoryMb,
      timeout,
      ...(reservedConcurrency === undefined ? {} : { reservedConcurrentExecutions: reservedConcurrency }),
      role: executionRole(scope, `${id}Role`, logGroup),
      logGroup,
      vpc: network.vpc,
      vpcSubnets: { subnetType: SubnetType.PRIVATE_WITH_EGRESS },
      securityGroups: [network.functions],
      environment: {
        POWERTOOLS_SERVICE_NAME: folder,
        LOG_LEVEL: config.functions.logLevel,
        ...environment,
      },
    });
    // Set even where it is off, so that the templates of all stages have the same properties.
    (this.node.defaultChild as CfnFunction).tracingConfig = { mode: config.functions.tracing };
    this.metricErrors({ period: Duration.minutes(1) }).createAlarm(this, 'ErrorsAlarm', {
      alarmName: `${functionName}-errors`,
      alarmDescription: 'docs/runbook.md#function-errors',
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 5,
      datapointsToAlarm: 3,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

const architectures = { arm64: 'ARM_64', x86_64: 'X86_64' } as const;

/** Replaces AWS's managed policies, which allow writing to every log group of the account. */
function executionRole(scope: Construct, id: string, logGroup: LogGroup): Role {
  const statements = [
    { actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] },
    // IAM cannot narrow these to a resource.
    { actions: networkInterfaceActions, resources: ['*'] },
    { actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] },
  ];
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    inlinePolicies: {
      Run: new PolicyDocument({ statements: statements.map((statement) => new PolicyStatement(statement)) }),
    },
  });
}

/**
 * For the function, and for the pollers that use its role.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/with-msk-permissions.html
 */
const networkInterfaceActions = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeVpcs',
  'ec2:UnassignPrivateIpAddresses',
];
