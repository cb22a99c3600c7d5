import { type Duration, RemovalPolicy } from 'aws-cdk-lib';
import { ComparisonOperator, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, type IChainable, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { AppConfig } from '../config.ts';

export interface WorkflowProps {
  readonly config: AppConfig;
  /** Name of the state machine without the prefix of project and stage. */
  readonly name: string;
  readonly definition: IChainable;
  readonly timeout: Duration;
  /** All that the tasks may do. */
  readonly rights: readonly PolicyStatement[];
}

/** A state machine with its log, alarms on failure and no right it was not given. */
export class Workflow extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { config, name, definition, timeout, rights }: WorkflowProps) {
    super(scope, id);
    const stateMachineName = `isobar-${config.stage}-${name}`;
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: { Run: new PolicyDocument({ statements: [...rights, ...observe()] }) },
    });
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName,
      definitionBody: DefinitionBody.fromChainable(definition),
      timeout,
      // The library would grant each version of a function, too.
      role: role.withoutPolicyUpdates(),
      tracingEnabled: true,
      logs: {
        level: LogLevel.ALL,
        includeExecutionData: false,
        destination: new LogGroup(this, 'Logs', {
          // Of log groups with this prefix Step Functions may have any number.
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

/** Neither service lets these be narrowed to a resource. @see https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html */
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
