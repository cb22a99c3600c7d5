import { billFor } from './bill.ts';
import type { Load } from './load.ts';
import { Plant, type Resource, type Templates } from './plant.ts';
import { replicatedBytes } from './price-kafka.ts';
import { gbOf } from './units.ts';

export const alternatives = ['express', 'serverless', 'standard'] as const;
export type Alternative = (typeof alternatives)[number];

const clusterType = 'AWS::MSK::Cluster';

/** How full the disks of the brokers may become: docs/cost.md. */
const fullest = 0.8;

/** The same app with another kind of cluster: brokers of the same size, with disks that hold the load. */
function withCluster(templates: Templates, kind: Alternative, load: Load): Templates {
  const plant = new Plant(templates);
  const clusterOf = ({ Properties }: Resource): Resource => {
    if (kind === 'serverless') return { Type: 'AWS::MSK::ServerlessCluster', Properties: {} };
    const { BrokerNodeGroupInfo: group, NumberOfBrokerNodes: brokers } = Properties;
    const [, ...size] = String(group.InstanceType).split('.');
    const { StorageInfo, ...others } = group;
    const configured = StorageInfo?.EBSStorageInfo?.VolumeSize ?? 1;
    const needed = Math.ceil(gbOf(replicatedBytes(plant, load) / brokers) / fullest);
    const disks = { StorageInfo: { EBSStorageInfo: { VolumeSize: Math.max(configured, needed) } } };
    const changed = {
      ...others,
      InstanceType: [kind === 'express' ? 'express' : 'kafka', ...size].join('.'),
      ...(kind === 'standard' ? disks : {}),
    };
    return { Type: clusterType, Properties: { ...Properties, BrokerNodeGroupInfo: changed } };
  };
  return new Map(
    [...templates].map(([stack, template]) => [
      stack,
      {
        Resources: Object.fromEntries(
          Object.entries(template.Resources).map(([id, resource]) => [
            id,
            resource.Type === clusterType ? clusterOf(resource) : resource,
          ]),
        ),
      },
    ]),
  );
}

export const billWith = (templates: Templates, kind: Alternative, load: Load) =>
  billFor(withCluster(templates, kind, load), load);
