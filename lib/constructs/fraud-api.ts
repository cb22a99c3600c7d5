import { CfnOutput, Duration, Lazy, RemovalPolicy, Stack } from 'aws-cdk-lib';
import {
  AccessLogFormat,
  type CfnRestApi,
  type CfnStage,
  EndpointAccessMode,
  EndpointType,
  LambdaIntegration,
  LogGroupLogDestination,
  MethodLoggingLevel,
  ResponseType,
  RestApi,
  SecurityPolicy,
} from 'aws-cdk-lib/aws-apigateway';
import { ComparisonOperator, Metric, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { AnyPrincipal, Effect, PolicyDocument, PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { topics } from '../../lambdas/shared/kafka/topics.ts';
import { namesOf, targetsIn } from '../observability/targets.ts';
import { ApiToken } from './api-token.ts';
import type { KafkaCluster } from './kafka-cluster.ts';
import { modelsPrefix } from './lake-bucket.ts';
import { type FunctionSetting, NodeFunction } from './node-function.ts';
import type { Stores } from './stores.ts';
import { WebAcl } from './web-acl.ts';

export interface FraudApiProps extends FunctionSetting {
  /** Public addresses of the NAT gateways, through which functions call. */
  readonly natAddresses: readonly string[];
  readonly kafka: KafkaCluster;
  readonly storage: Stores;
}

/** API Gateway waits 29 s for a function. */
const timeout = Duration.seconds(28);

/** With this memory, Lambda gives a function one whole CPU, which a cold start uses up. */
const oneCpuMb = 1769;

const stageName = 'v1';

/**
 * The HTTP API. Functions check tokens and bodies themselves: the same on AWS and locally, and with every
 * rejection counted in the metrics.
 * @see docs/adr/0014-http-api.md
 */
export class FraudApi extends Construct {
  /** For functions that call `POST /update_metrics`. */
  readonly updateMetricsToken: ApiToken;
  readonly #props: FraudApiProps;
  readonly #api: RestApi;

  constructor(scope: Construct, id: string, props: FraudApiProps) {
    super(scope, id);
    this.#props = props;
    const { config } = props;
    this.#api = this.#restApi();

    const predictToken = new ApiToken(this, 'PredictToken', { config, name: 'predict' });
    this.updateMetricsToken = new ApiToken(this, 'UpdateMetricsToken', { config, name: 'update-metrics' });
    const metricsToken = new ApiToken(this, 'MetricsToken', { config, name: 'metrics' });
    const cloudWatchToken = new ApiToken(this, 'CloudWatchToken', { config, name: 'cloudwatch' });

    this.#route(['predict'], this.#scoreTransaction(predictToken));
    this.#route(['update_metrics'], this.#updateMetrics());
    this.#route(['metrics', 'healthz', 'openapi.json'], this.#showMetrics(metricsToken));
    this.#route(['metrics/cloudwatch'], this.#showCloudWatch(cloudWatchToken));

    this.#alarmOnErrors();
    this.#alarmOnModelRefusals();
    new CfnOutput(this, 'ApiUrl', { value: this.urlOf('') }).overrideLogicalId('ApiUrl');
  }

  /** URL of a path, for functions. Locally it is relative to the AWS endpoint in their environment. */
  urlOf(path: string): string {
    const [before, after] = this.#props.config.api.url.split('{api}');
    return `${before}${this.#api.restApiId}${after}/${stageName}/${path}`;
  }

  #restApi(): RestApi {
    const { config } = this.#props;
    const { requestsPerSecond, burstRequests } = config.api;
    const name = `isobar-${config.stage}`;
    const accessLogs = new LogGroup(this, 'AccessLogs', {
      logGroupName: `/isobar/${config.stage}/api`,
      retention: config.functions.logDays,
      removalPolicy: RemovalPolicy.DESTROY,
    });
    const api = new RestApi(this, 'Rest', {
      restApiName: name,
      endpointTypes: [EndpointType.REGIONAL],
      policy: this.#policy(),
      // The role with which API Gateway writes logs is one for the account and region: docs/aws/account.yaml.
      // A stage that brought its own would take the others' logs away when it is deleted.
      cloudWatchRole: false,
      deployOptions: {
        stageName,
        throttlingRateLimit: requestsPerSecond,
        throttlingBurstLimit: burstRequests,
        loggingLevel: MethodLoggingLevel.ERROR,
        // It would log bodies and tokens.
        dataTraceEnabled: false,
        metricsEnabled: true,
        accessLogDestination: new LogGroupLogDestination(accessLogs),
        accessLogFormat: AccessLogFormat.custom(JSON.stringify(accessLogFields)),
      },
    });
    const { webAcl } = config.api;
    if (webAcl !== undefined)
      new WebAcl(this, 'WebAcl', { name, protects: api.deploymentStage.stageArn, ...webAcl });
    // Otherwise API Gateway takes TLS 1.0, and tokens with it.
    const resource = api.node.defaultChild as CfnRestApi;
    resource.securityPolicy = SecurityPolicy.TLS13_1_2_PFS_PQ_2025_09;
    resource.endpointAccessMode = EndpointAccessMode.STRICT;
    (api.deploymentStage.node.defaultChild as CfnStage).tracingEnabled =
      config.functions.tracing === 'Active';
    api.addGatewayResponse('NoSuchRoute', {
      type: ResponseType.MISSING_AUTHENTICATION_TOKEN,
      statusCode: '404',
      templates: { 'application/json': '{"error":"Not Found"}' },
    });
    return api;
  }

  /** Everyone may call, except for `POST /update_metrics`: only functions, through the NAT gateways, may. */
  #policy(): PolicyDocument {
    const invoke = { actions: ['execute-api:Invoke'], principals: [new AnyPrincipal()] };
    return new PolicyDocument({
      statements: [
        new PolicyStatement({ ...invoke, resources: ['execute-api:/*'] }),
        new PolicyStatement({
          ...invoke,
          effect: Effect.DENY,
          resources: ['execute-api:/*/POST/update_metrics'],
          conditions: { NotIpAddress: { 'aws:SourceIp': [...this.#props.natAddresses] } },
        }),
      ],
    });
  }

  /** Functions get every method: they answer a wrong one with 405, where the gateway would answer 403. */
  #route(paths: readonly string[], handler: NodeFunction): void {
    const integration = new LambdaIntegration(handler, { allowTestInvoke: false });
    for (const path of paths) this.#api.root.resourceForPath(path).addMethod('ANY', integration);
  }

  #scoreTransaction(token: ApiToken): NodeFunction {
    const { config, kafka, storage } = this.#props;
    const score = new NodeFunction(this, 'ScoreTransaction', {
      ...this.#props,
      folder: 'score-transaction',
      reservedConcurrency: this.#props.config.api.reservedConcurrency?.predict,
      memoryMb: oneCpuMb,
      timeout,
      environment: {
        ...kafka.environment,
        LAKE_BUCKET: storage.lake.bucket.bucketName,
        PREDICT_TOKEN_ARN: token.arn,
        STAGE: config.stage,
      },
    });
    storage.database.connect(score, 'fraud');
    storage.lake.grantRead(score, modelsPrefix);
    kafka.grantProduce(score, topics.transactions);
    token.grantRead(score);
    return score;
  }

  #updateMetrics(): NodeFunction {
    const { database } = this.#props.storage;
    const update = new NodeFunction(this, 'UpdateMetrics', {
      ...this.#props,
      folder: 'update-metrics',
      reservedConcurrency: this.#props.config.api.reservedConcurrency?.others,
      memoryMb: 512,
      timeout,
      environment: { UPDATE_METRICS_TOKEN_ARN: this.updateMetricsToken.arn },
    });
    database.connect(update, 'metrics');
    this.updateMetricsToken.grantRead(update);
    return update;
  }

  #showMetrics(token: ApiToken): NodeFunction {
    const { database } = this.#props.storage;
    const show = new NodeFunction(this, 'ShowMetrics', {
      ...this.#props,
      folder: 'show-metrics',
      reservedConcurrency: this.#props.config.api.reservedConcurrency?.others,
      memoryMb: 512,
      timeout,
      environment: { METRICS_TOKEN_ARN: token.arn },
    });
    database.connect(show, 'metrics');
    token.grantRead(show);
    return show;
  }

  /** CloudWatch for Prometheus, without a server. */
  #showCloudWatch(token: ApiToken): NodeFunction {
    const { config } = this.#props;
    const app = this.node.root;
    const show = new NodeFunction(this, 'ShowCloudWatch', {
      ...this.#props,
      folder: 'show-cloudwatch',
      reservedConcurrency: this.#props.config.api.reservedConcurrency?.others,
      memoryMb: 512,
      timeout,
      environment: {
        CLOUDWATCH_TOKEN_ARN: token.arn,
        CLOUDWATCH_PERIOD_SECONDS: String(config.alerting.cloudWatchPeriodSeconds),
        // Of all stacks, so it is known only once they are complete.
        CLOUDWATCH_TARGETS: Lazy.string({
          produce: () => Stack.of(this).toJsonString(namesOf(targetsIn(app, config))),
        }),
      },
    });
    token.grantRead(show);
    // IAM cannot narrow the right to a resource.
    show.addToRolePolicy(new PolicyStatement({ actions: ['cloudwatch:GetMetricData'], resources: ['*'] }));
    return show;
  }

  #alarmOnErrors(): void {
    const { config } = this.#props;
    this.#api
      .metricServerError({ period: Duration.minutes(1), statistic: 'Sum' })
      .createAlarm(this, 'ErrorsAlarm', {
        alarmName: `isobar-${config.stage}-api-errors`,
        alarmDescription: 'docs/runbook.md#api-errors',
        threshold: 0,
        comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
        evaluationPeriods: 5,
        datapointsToAlarm: 3,
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
  }

  /** score-transaction writes the metric into its log, in CloudWatch's embedded metric format. */
  #alarmOnModelRefusals(): void {
    const { config } = this.#props;
    new Metric({
      namespace: 'Isobar',
      metricName: 'ModelRefusals',
      dimensionsMap: { stage: config.stage },
      statistic: 'Sum',
      period: Duration.minutes(1),
    }).createAlarm(this, 'ModelRefusalsAlarm', {
      alarmName: `isobar-${config.stage}-model-refused`,
      alarmDescription: 'docs/runbook.md#model-refused',
      threshold: 0,
      comparisonOperator: ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}

/** @see https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html */
const accessLogFields = {
  requestId: '$context.requestId',
  time: '$context.requestTime',
  ip: '$context.identity.sourceIp',
  method: '$context.httpMethod',
  path: '$context.resourcePath',
  status: '$context.status',
  refusedBy: '$context.error.responseType',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  functionLatencyMs: '$context.integrationLatency',
};
