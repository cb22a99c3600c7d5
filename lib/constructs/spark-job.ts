import { join } from 'node:path';
import { Arn, ArnFormat, Duration, IgnoreMode, Stack } from 'aws-cdk-lib';
import { CfnJob } from 'aws-cdk-lib/aws-glue';
import {
  type IGrantable,
  type IPrincipal,
  PolicyStatement,
  Role,
  ServicePrincipal,
} from 'aws-cdk-lib/aws-iam';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { IntegrationPattern, JsonPath, TaskInput } from 'aws-cdk-lib/aws-stepfunctions';
import { GlueStartJobRun } from 'aws-cdk-lib/aws-stepfunctions-tasks';
import { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';

export interface SparkJobProps {
  readonly config: AppConfig;
  /** The file in glue-scripts/, without `.py`. */
  readonly script: string;
  /** Packages in glue-scripts/ that the script imports. */
  readonly packages?: readonly string[];
  /** Name of the job without the prefix of project and stage. */
  readonly name: string;
  readonly workers: number;
  readonly timeout: Duration;
  readonly maxConcurrentRuns: number;
  readonly arguments: Readonly<Record<string, string>>;
}

const scripts = join(import.meta.dirname, '../../glue-scripts');

/** A Glue job that runs one PySpark script. It has the rights granted to it, and no others. */
export class SparkJob extends Construct implements IGrantable {
  readonly name: string;
  readonly arn: string;
  readonly grantPrincipal: IPrincipal;

  constructor(scope: Construct, id: string, props: SparkJobProps) {
    super(scope, id);
    const { config, script, workers, timeout, maxConcurrentRuns } = props;
    this.name = `isobar-${config.stage}-${props.name}`;
    const role = new Role(this, 'Role', { assumedBy: new ServicePrincipal('glue.amazonaws.com') });
    this.grantPrincipal = role;
    const asset = new Asset(this, 'Script', { path: join(scripts, `${script}.py`) });
    this.grantReadAsset(asset);
    const packages = this.#packages(props.packages ?? []);
    role.addToPolicy(
      new PolicyStatement({
        actions: ['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents'],
        resources: [this.#arn('logs', 'log-group', '/aws-glue/*', ArnFormat.COLON_RESOURCE_NAME)],
      }),
    );
    new CfnJob(this, 'Job', {
      name: this.name,
      role: role.roleArn,
      // Spark 3.5.6, the version that the local platform runs.
      glueVersion: '5.1',
      command: { name: 'glueetl', pythonVersion: '3', scriptLocation: asset.s3ObjectUrl },
      workerType: 'G.1X',
      numberOfWorkers: workers,
      executionProperty: { maxConcurrentRuns },
      // The workflow retries.
      maxRetries: 0,
      timeout: timeout.toMinutes(),
      defaultArguments: {
        '--enable-auto-scaling': 'true',
        '--enable-continuous-cloudwatch-log': 'true',
        '--job-bookmark-option': 'job-bookmark-disable',
        ...packages,
        ...props.arguments,
      },
    });
    this.arn = this.#arn('glue', 'job', this.name, ArnFormat.SLASH_RESOURCE_NAME);
  }

  /**
   * A task that runs the job and waits for its end. It waits up to half an hour for other runs to end, and
   * runs a failed job once more.
   * @param jobArguments in addition to the job's own arguments
   */
  run(scope: Construct, id: string, jobArguments: Readonly<Record<string, string>>): GlueStartJobRun {
    const task = new GlueStartJobRun(scope, id, {
      glueJobName: this.name,
      integrationPattern: IntegrationPattern.RUN_JOB,
      arguments: TaskInput.fromObject({ ...jobArguments }),
      resultPath: JsonPath.DISCARD,
    });
    task.addRetry({
      errors: ['Glue.ConcurrentRunsExceededException'],
      interval: Duration.seconds(30),
      maxAttempts: 60,
      backoffRate: 1,
    });
    task.addRetry({ errors: ['States.TaskFailed'], interval: Duration.seconds(10), maxAttempts: 1 });
    return task;
  }

  grantReadAsset({ bucket, s3ObjectKey }: Asset): void {
    const resources = [bucket.arnForObjects(s3ObjectKey)];
    this.grantPrincipal.addToPrincipalPolicy(new PolicyStatement({ actions: ['s3:GetObject'], resources }));
  }

  /** One zip of all packages: a file by itself would be named by its hash, and could not be imported. */
  #packages(names: readonly string[]): Readonly<Record<string, string>> {
    if (names.length === 0) return {};
    const asset = new Asset(this, 'Packages', {
      path: scripts,
      exclude: ['*', ...names.flatMap((name) => [`!${name}`, `!${name}/**`]), '**/__pycache__'],
      ignoreMode: IgnoreMode.DOCKER,
    });
    this.grantReadAsset(asset);
    return { '--extra-py-files': asset.s3ObjectUrl };
  }

  #arn(service: string, resource: string, resourceName: string, arnFormat: ArnFormat): string {
    return Arn.format({ service, resource, resourceName, arnFormat }, Stack.of(this));
  }
}
