import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { DefinitionBody, type IChainable, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';
import type { SparkJob } from './spark-job.ts';

/** What the tasks of a workflow use; it has rights on nothing else. */
interface WorkflowUses {
  readonly functions?: readonly IFunction[];
  readonly job?: SparkJob;
  readonly queue?: IQueue;
  /** The state machine whose executions it starts. */
  readonly starts?: StateMachine;
}

export interface WorkflowProps {
  readonly config: AppConfig;
  /** Name of the state machine without the prefix of project and stage. */
  readonly name: string;
  readonly definition: IChainable;
  readonly timeout: Duration;
  readonly uses: WorkflowUses;
}

/** A state machine with a log, alarms on failures, and rights on what its tasks use. */
export class Workflow extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { config, name, definition, timeout, uses }: WorkflowProps) {
    super(scope, id);
    const stateMachineName = `isobar-${config.stage}-${name}`;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: { Run: new PolicyDocument({ statements: [...rightsOn(uses), ...observe()] }) },
    });
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName,
      definitionBody: DefinitionBody.fromChainable(definition),
      timeout,
      // The library would also grant rights on every version of a function.
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: false,
        destination: new LogGroup(this, 'Logs', {
          // With this prefix, any number of log groups fits into the account's policy for log delivery.
          // https://docs.aws.amazon.com/step-functions/latest/dg/bp-cwl.html
          logGroupName: `/aws/vendedlogs/states/${stateMachineName}`,
          retention: config.functions.logDays,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
      },
    });
    this.#alarmOn('Failed', stateMachineName);
    this.#alarmOn('TimedOut', stateMachineName);
  }

  #alarmOn(outcome: 'Failed' | 'TimedOut', stateMachineName: string): void {
    this.machine[`metric${outcome}`]().createAlarm(this, `${outcome}Alarm`, {
      alarmName: `${stateMachineName}-${alarmSuffixes[outcome]}`,
      alarmDescription: 'docs/runbook.md#workflow-failures',
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

const alarmSuffixes = { Failed: 'failed', TimedOut: 'timed-out' } as const;

const rightsOn = ({ functions = [], job, queue, starts }: WorkflowUses): PolicyStatement[] =>
  [
    { actions: ['lambda:InvokeFunction'], resources: functions.map(({ functionArn }) => functionArn) },
    {
      actions: ['glue:StartJobRun', 'glue:GetJobRun', 'glue:GetJobRuns', 'glue:BatchStopJobRun'],
      resources: job === undefined ? [] : [job.arn],
    },
    { actions: ['sqs:SendMessage'], resources: queue === undefined ? [] : [queue.queueArn] },
    { actions: ['states:StartExecution'], resources: starts === undefined ? [] : [starts.stateMachineArn] },
  ]
    .filter(({ resources }) => resources.length > 0)
    .map((statement) => new PolicyStatement(statement));

/**
 * IAM cannot narrow the rights of either service to a resource.
 * @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html
 */
const observe = () => [
  new PolicyStatement({
    actions: [
      'logs:CreateLogDelivery',
      'logs:DeleteLogDelivery',
      'logs:DescribeLogGroups',
      'logs:DescribeResourcePolicies',
      'logs:GetLogDelivery',
      'logs:ListLogDeliveries',
      'logs:PutResourcePolicy',
      'logs:UpdateLogDelivery',
    ],
    resources: ['*'],
  }),
  new PolicyStatement({
    actions: [
      'xray:GetSamplingRules',
      'xray:GetSamplingTargets',
      'xray:PutTelemetryRecords',
      'xray:PutTraceSegments',
    ],
    resources: ['*'],
  }),
];
