import { type Access, readAccess } from './access.ts';
import type { Aws } from './aws.ts';
import type { Mapping } from './mappings.ts';

/** A mapping's brokers as host:port, and how to connect to them. */
export type Cluster = Access & { brokers: string[] };

export async function findCluster(mapping: Mapping, aws: Aws): Promise<Cluster> {
  if ('brokers' in mapping.source) {
    return { brokers: mapping.source.brokers, ...(await readAccess(mapping.access, aws)) };
  }
  return findMskCluster(mapping.source.clusterArn, mapping, aws);
}

/**
 * Chooses the brokers that Lambda would choose:
 * https://docs.aws.amazon.com/lambda/latest/dg/msk-cluster-auth.html#msk-bootstrap-brokers. If an emulator's
 * cluster offers only plaintext, that is used, and no credentials are sent.
 */
async function findMskCluster(clusterArn: string, { access }: Mapping, aws: Aws): Promise<Cluster> {
  const { status, body } = await aws({
    service: 'kafka',
    method: 'GET',
    path: `/v1/clusters/${encodeURIComponent(clusterArn)}/bootstrap-brokers`,
  });
  if (status !== 200) throw new Error(`GetBootstrapBrokers of ${clusterArn} answered ${status}`);
  const answer: { [kind: string]: unknown } = JSON.parse(body.toString());
  const brokersFor = (kind: string): string[] | undefined => {
    const list = answer[kind];
    return typeof list === 'string' && list !== '' ? list.split(',') : undefined;
  };
  const needs = (type: string) => access.some((one) => one.type === type);
  const plain = brokersFor('bootstrapBrokerString');
  const secured = needs('SASL_SCRAM_512_AUTH')
    ? brokersFor('bootstrapBrokerStringSaslScram')
    : needs('CLIENT_CERTIFICATE_TLS_AUTH') || !plain
      ? brokersFor('bootstrapBrokerStringTls')
      : undefined;
  if (secured) return { brokers: secured, ssl: true, ...(await readAccess(access, aws)) };
  if (plain) return { brokers: plain };
  throw new Error(`${clusterArn} offers no brokers that this mapping can use (IAM is not supported)`);
}
