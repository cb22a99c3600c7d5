import type { Aws } from './aws.ts';
import type { Mapping } from './mappings.ts';

/** As GetBootstrapBrokers names them on the wire; a cluster offers only those that it is set up for. */
const KINDS = [
  'bootstrapBrokerString',
  'bootstrapBrokerStringTls',
  'bootstrapBrokerStringSaslScram',
  'bootstrapBrokerStringSaslIam',
];

/** host:port of the brokers of a mapping's cluster. */
export async function resolveBrokers(source: Mapping['source'], aws: Aws): Promise<string[]> {
  if ('brokers' in source) return source.brokers;
  const { status, body } = await aws({
    service: 'kafka',
    method: 'GET',
    path: `/v1/clusters/${encodeURIComponent(source.clusterArn)}/bootstrap-brokers`,
  });
  if (status !== 200) throw new Error(`GetBootstrapBrokers of ${source.clusterArn} answered ${status}`);
  const answer: { [kind: string]: unknown } = JSON.parse(body.toString());
  const brokers = KINDS.map((kind) => answer[kind]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  if (typeof brokers !== 'string') throw new Error(`${source.clusterArn} offers no bootstrap brokers`);
  return brokers.split(',');
}
