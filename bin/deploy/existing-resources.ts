import type { AppConfig } from '../../lib/app-config.ts';
import { accessTo } from '../../lib/cluster.ts';
import type { Account, Check, Finding, FoundDatabase } from './check.ts';

/** What is wrong, and what to do. */
type Fault = readonly [found: string, todo: string];

const findings = (check: string, name: string, faults: readonly (Fault | false)[]): Finding[] => {
  const stops = faults
    .filter((fault) => fault !== false)
    .map(([found, todo]): Finding => ({ check, result: 'stop', found: `${name} ${found}`, todo }));
  return stops.length > 0 ? stops : [{ check, result: 'ok', found: name }];
};

/** A cluster that exists is as the configuration says, and lets clients in. */
export const checkExistingCluster: Check = async (account, _, config) => {
  const { existing, brokerVolumeGib } = config.kafka;
  if (existing === undefined) return [];
  const { clusterArn, brokers, securityGroupId, scram } = existing;
  const check = 'existing cluster';
  const cluster = await account.cluster(clusterArn);
  if (cluster === undefined)
    return findings(check, clusterArn, [
      ['is not there', 'Set kafka.existing.clusterArn to one of: aws kafka list-clusters-v2'],
    ]);
  const { port, auth } = accessTo(config);
  const kind = brokers === 'serverless' ? 'serverless' : 'provisioned';
  const setBy = (option: string) =>
    `Switch it on: aws kafka update-security --client-authentication '{"Sasl":{"${option}":{"Enabled":true}}}' ` +
    `--cluster-arn ${clusterArn} --current-version …`;
  const of = (name: string) => `Set ${name} in lib/config.ts to what the cluster has.`;
  return findings(check, clusterArn, [
    cluster.state !== 'ACTIVE' && [`is ${cluster.state}`, 'Wait until it is ACTIVE.'],
    cluster.kind !== kind && [`is ${cluster.kind}`, of('kafka.existing.brokers')],
    cluster.kind === 'provisioned' &&
      kind === 'provisioned' &&
      cluster.brokers !== brokers && [
        `has ${cluster.brokers} brokers, not ${brokers}`,
        of('kafka.existing.brokers'),
      ],
    cluster.volumeGib !== undefined &&
      cluster.volumeGib < brokerVolumeGib && [
        `has ${cluster.volumeGib} GiB for each broker, not ${brokerVolumeGib}`,
        `${of('kafka.brokerVolumeGib')} The synthesis then says whether the topics fit.`,
      ],
    !cluster.auth.some((each) => each === auth) && [
      `does not let clients log in by ${auth}`,
      setBy(scram === undefined ? 'Iam' : 'Scram'),
    ],
    config.managedPrometheus !== undefined &&
      cluster.monitored === false && [
        'does not show its metrics to managedPrometheus',
        'Switch it on: aws kafka update-monitoring --open-monitoring \'{"Prometheus":{"JmxExporter":{"EnabledInBroker":true}}}\'',
      ],
    ...(await groupFaults(account, config, { id: securityGroupId, of: cluster.securityGroupIds })),
    ...(await pollerFaults(account, securityGroupId, port)),
    scram !== undefined && (await secretFault(account, scram.secretArn)),
  ]);
};

/** `transaction_timeout` limits what a frozen function holds. Earlier versions do not know it. */
const oldestPostgres = 17;

/** An instance that exists is as the configuration says, and can be reached. */
export const checkExistingDatabase: Check = async (account, _, config) => {
  const { existing, storageGib } = config.database;
  if (existing === undefined) return [];
  const { instanceIdentifier, host, port, securityGroupId, masterSecretArn } = existing;
  const check = 'existing database';
  const instance = await account.database(instanceIdentifier);
  if (instance === undefined)
    return findings(check, instanceIdentifier, [
      ['is not there', 'Set database.existing.instanceIdentifier to one of: aws rds describe-db-instances'],
    ]);
  const of = (name: string) => `Set ${name} in lib/config.ts to what the instance has.`;
  return findings(check, instanceIdentifier, [
    versionFault(instance),
    instance.status !== 'available' && [`is ${instance.status}`, 'Wait until it is available.'],
    (instance.host !== host || instance.port !== port) && [
      `answers at ${instance.host}:${instance.port}, not at ${host}:${port}`,
      of('database.existing.host and port'),
    ],
    instance.storageGib !== storageGib && [
      `has ${instance.storageGib} GiB, not ${storageGib}`,
      `${of('database.storageGib')} An alarm goes off when a tenth of it is left.`,
    ],
    ...(await groupFaults(account, config, { id: securityGroupId, of: instance.securityGroupIds })),
    await secretFault(account, masterSecretArn),
  ]);
};

function versionFault({ engine, version }: FoundDatabase): Fault | false {
  if (engine === 'postgres' && Number.parseInt(version, 10) >= oldestPostgres) return false;
  return [`runs ${engine} ${version}`, `It must be RDS for PostgreSQL ${oldestPostgres} or later.`];
}

async function groupFaults(
  account: Account,
  { network }: AppConfig,
  { id, of }: { readonly id: string; readonly of: readonly string[] },
): Promise<(Fault | false)[]> {
  const group = await account.securityGroup(id);
  const vpcId = network.existing?.vpcId;
  return [
    !of.includes(id) && [
      `has not the security group ${id}`,
      `Set securityGroupId in lib/config.ts to one of: ${of.join(', ')}`,
    ],
    group !== undefined &&
      group.vpcId !== vpcId && [
        `is in ${group.vpcId}, and the functions in ${vpcId}`,
        'Set network.existing in lib/config.ts to the VPC and its subnets.',
      ],
  ];
}

/** Lambda's pollers have the security group of the cluster. */
async function pollerFaults(account: Account, id: string, port: number): Promise<(Fault | false)[]> {
  const group = await account.securityGroup(id);
  return [
    group?.admitsItself(port) === false && [
      `does not let Lambda's pollers in: its security group admits no member of itself on port ${port}`,
      `aws ec2 authorize-security-group-ingress --group-id ${id} --protocol tcp --port ${port} --source-group ${id}`,
    ],
  ];
}

async function secretFault(account: Account, arn: string): Promise<Fault | false> {
  const state = await account.secret(arn);
  return (
    state !== 'present' && [`needs the secret ${arn}, which is ${state}`, 'Name a secret that is there.']
  );
}
