import type { Load } from './load.ts';
import type { Located, Plant } from './plant.ts';
import type { PriceName } from './prices.ts';

/** Where in the pipeline a cost arises; brokers, database and network serve all. */
export type Step =
  | 'ingest'
  | 'land'
  | 'watch'
  | 'errors, Slack'
  | 'fraud'
  | 'daily summary'
  | 'brokers'
  | 'database'
  | 'network'
  | 'observability';

export type Service =
  | 'MSK'
  | 'Lambda'
  | 'RDS'
  | 'S3'
  | 'VPC'
  | 'CloudWatch'
  | 'X-Ray'
  | 'Step Functions'
  | 'Glue'
  | 'SQS'
  | 'API Gateway'
  | 'Secrets Manager'
  | 'Prometheus'
  | 'Grafana'
  | 'WAF';

/** What AWS bills for in a month. */
export interface Quantity {
  readonly service: Service;
  readonly step: Step;
  readonly item: string;
  readonly price: PriceName;
  /** In the unit of the price. */
  readonly amount: number;
}

export interface Context {
  readonly plant: Plant;
  readonly load: Load;
}

/** The quantities of one resource. Their items do not depend on the load. */
export type Pricer = (resource: Located, context: Context) => readonly Quantity[];
