import type { Plant } from './plant.ts';
import { priceCluster, priceServerlessCluster } from './price-kafka.ts';
import { priceFunction, priceMapping } from './price-lambda.ts';
import {
  priceAddress,
  priceAlarm,
  priceApiStage,
  priceDashboard,
  priceEndpoint,
  priceFlowLog,
  priceGrafana,
  priceJob,
  priceNatGateway,
  priceQueue,
  priceScraper,
  priceSecret,
  priceStateMachine,
  priceWebAcl,
} from './price-other.ts';
import { priceBucket, priceDatabase } from './price-storage.ts';
import type { Pricer } from './quantity.ts';

/** How each resource type of the templates is priced. */
export const pricers: Readonly<Record<string, Pricer>> = {
  'AWS::APS::Scraper': priceScraper,
  'AWS::ApiGateway::Stage': priceApiStage,
  'AWS::CloudWatch::Alarm': priceAlarm,
  'AWS::CloudWatch::Dashboard': priceDashboard,
  'AWS::EC2::EIP': priceAddress,
  'AWS::EC2::FlowLog': priceFlowLog,
  'AWS::EC2::NatGateway': priceNatGateway,
  'AWS::EC2::VPCEndpoint': priceEndpoint,
  'AWS::Glue::Job': priceJob,
  'AWS::Grafana::Workspace': priceGrafana,
  'AWS::Lambda::EventSourceMapping': priceMapping,
  'AWS::Lambda::Function': priceFunction,
  'AWS::MSK::Cluster': priceCluster,
  'AWS::MSK::ServerlessCluster': priceServerlessCluster,
  'AWS::RDS::DBInstance': priceDatabase,
  'AWS::S3::Bucket': priceBucket,
  'AWS::SQS::Queue': priceQueue,
  'AWS::SecretsManager::Secret': priceSecret,
  'AWS::StepFunctions::StateMachine': priceStateMachine,
  'AWS::WAFv2::WebACL': priceWebAcl,
};

const configuration = 'configuration has no price';
const withApi = 'priced with the stage of the API';
const withCluster = 'priced with the cluster';
const underFreeLimit = 'far below what is free';
const inDeploysOnly = 'runs in a deploy only';

/** Resource types without a price of their own, each with the reason. */
const free: Readonly<Record<string, string>> = {
  'AWS::APS::RuleGroupsNamespace': 'priced with the collector',
  'AWS::APS::Workspace': 'priced with the collector',
  'AWS::ApiGateway::Account': configuration,
  'AWS::ApiGateway::Deployment': withApi,
  'AWS::ApiGateway::GatewayResponse': withApi,
  'AWS::ApiGateway::Method': withApi,
  'AWS::ApiGateway::Resource': withApi,
  'AWS::ApiGateway::RestApi': withApi,
  'AWS::ApplicationAutoScaling::ScalableTarget': withCluster,
  'AWS::ApplicationAutoScaling::ScalingPolicy': withCluster,
  'AWS::Athena::NamedQuery': configuration,
  'AWS::Athena::WorkGroup': 'queries cost $5 a TB that they read; the pipeline runs none',
  'AWS::CDK::Metadata': configuration,
  'AWS::CloudFormation::CustomResource': inDeploysOnly,
  'AWS::EC2::InternetGateway': configuration,
  'AWS::EC2::Route': configuration,
  'AWS::EC2::RouteTable': configuration,
  'AWS::EC2::SecurityGroup': configuration,
  'AWS::EC2::SecurityGroupEgress': configuration,
  'AWS::EC2::SecurityGroupIngress': configuration,
  'AWS::EC2::Subnet': configuration,
  'AWS::EC2::SubnetRouteTableAssociation': configuration,
  'AWS::EC2::VPC': configuration,
  'AWS::EC2::VPCGatewayAttachment': configuration,
  'AWS::Events::Rule': 'schedules and events of AWS are free',
  'AWS::Glue::Database': underFreeLimit,
  'AWS::Glue::Table': underFreeLimit,
  'AWS::IAM::ManagedPolicy': configuration,
  'AWS::IAM::Policy': configuration,
  'AWS::IAM::Role': configuration,
  'AWS::Lambda::Permission': configuration,
  'AWS::Lambda::Version': configuration,
  'AWS::Logs::LogGroup': 'priced with what writes to it',
  'AWS::MSK::Configuration': configuration,
  'AWS::MSK::Topic': withCluster,
  'AWS::QuickSight::Dashboard': 'billed for each user',
  'AWS::QuickSight::DataSet': 'billed for each user',
  'AWS::QuickSight::DataSource': 'billed for each user',
  'AWS::QuickSight::RefreshSchedule': 'billed for each user',
  'AWS::RDS::DBParameterGroup': configuration,
  'AWS::RDS::DBSubnetGroup': configuration,
  'AWS::RDS::EventSubscription': configuration,
  'AWS::S3::BucketPolicy': configuration,
  'AWS::SNS::Subscription': underFreeLimit,
  'AWS::SNS::Topic': underFreeLimit,
  'AWS::SNS::TopicPolicy': configuration,
  'AWS::SQS::QueuePolicy': configuration,
  'AWS::SSM::Parameter': 'standard parameters are free',
  'AWS::SecretsManager::ResourcePolicy': configuration,
  'AWS::SecretsManager::RotationSchedule': configuration,
  'AWS::SecretsManager::SecretTargetAttachment': configuration,
  'AWS::WAFv2::WebACLAssociation': 'priced with the web ACL',
};

const isPriced = (type: string): boolean =>
  Object.hasOwn(pricers, type) || Object.hasOwn(free, type) || type.startsWith('Custom::');

/** @throws Error that names each resource type which is neither priced nor listed as free */
export function refuseUnknownTypes({ resources }: Plant): void {
  const unknown = resources.filter(({ type }) => !isPriced(type));
  if (unknown.length === 0) return;
  throw new Error(
    [
      'The price of these resources is not known:',
      ...unknown.map(({ stack, id, type }) => `  ${stack}: ${id} (${type})`),
      'Add their types to bin/cost/resource-types.ts: to `pricers`, or to `free` with the reason.',
    ].join('\n'),
  );
}
