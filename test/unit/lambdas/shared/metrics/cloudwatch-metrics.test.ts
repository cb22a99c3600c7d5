import { expect, test } from '@jest/globals';
import {
  cloudWatchMetrics,
  labelsOf,
  prometheusName,
} from '../../../../../lambdas/shared/metrics/cloudwatch-metrics.ts';

test.each([
  ['lambdaConcurrency', 'aws_lambda_concurrent_executions_maximum'],
  ['queueAge', 'aws_sqs_approximate_age_of_oldest_message_maximum'],
  ['apiServerErrors', 'aws_apigateway_5xx_error_sum'],
  ['apiLatency', 'aws_apigateway_latency_p99'],
  ['jobShuffle', 'aws_glue_driver_aggregate_shuffle_bytes_written_sum'],
  ['databaseCpu', 'aws_rds_cpu_utilization_average'],
] as const)('%s has the name %s in Prometheus', (key, name) => {
  expect(prometheusName(cloudWatchMetrics[key])).toBe(name);
});

test('names are by the rules of Prometheus, and unique', () => {
  const names = Object.values(cloudWatchMetrics).map(prometheusName);
  for (const name of names) expect(name).toMatch(/^aws_[a-z\d_]+$/);
  expect(new Set(names).size).toBe(names.length);
});

test('dimensions become labels, and the ARN of a state machine its name', () => {
  expect(labelsOf({ 'Cluster Name': 'c', DBInstanceIdentifier: 'd', FunctionName: 'f' })).toEqual({
    cluster_name: 'c',
    db_instance_identifier: 'd',
    function_name: 'f',
  });
  expect(labelsOf({ StateMachineArn: 'arn:aws:states:us-east-1:1:stateMachine:isobar-prod-daily' })).toEqual({
    state_machine: 'isobar-prod-daily',
  });
});
