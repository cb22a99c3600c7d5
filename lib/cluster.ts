import type { AppConfig, KafkaAccess } from './app-config.ts';

const scramOverTls: KafkaAccess = {
  auth: 'scram',
  port: 9096,
  bootstrapField: 'BootstrapBrokerStringSaslScram',
  clientBroker: 'TLS',
};

/** Brokers of a cluster that a stage creates. */
export const ownBrokers = 3;

/** How clients reach the brokers, whether they are the stage's own or exist. */
export const accessTo = ({ kafka }: AppConfig): KafkaAccess =>
  kafka.existing?.scram === undefined ? kafka.access : scramOverTls;

/** The brokers of the cluster; a serverless one shows none. */
export function brokersOf({ kafka: { existing } }: Pick<AppConfig, 'kafka'>): number {
  if (existing === undefined) return ownBrokers;
  return existing.brokers === 'serverless' ? 0 : existing.brokers;
}

/** The name of the cluster, which its metrics have as a dimension. */
export const clusterName = ({ stage, kafka: { existing } }: AppConfig): string =>
  existing?.clusterArn.split('/')[1] ?? `isobar-${stage}`;
