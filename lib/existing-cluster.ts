import type { AppConfig } from './app-config.ts';
import { isGroupId, isKeyArn, isSecretArn, refuse } from './existing-resources.ts';

/**
 * Refuses an existing cluster that the stacks cannot use. The checks of the deploy ask AWS for the rest.
 * @throws Error that names each fault and what is expected
 */
export function refuseUnusableCluster({ region, network, kafka, managedPrometheus }: AppConfig): void {
  const { existing, access } = kafka;
  if (existing === undefined) return;
  const { clusterArn, brokers, securityGroupId, scram } = existing;
  const isServerless = brokers === 'serverless';
  refuse('kafka.existing', [
    network.existing === undefined &&
      "network.existing is missing: functions reach a cluster only from within the cluster's VPC",
    !new RegExp(`^arn:aws[\\w-]*:kafka:${region}:\\d{12}:cluster/[\\w-]+/[\\w-]+$`).test(clusterArn) &&
      `clusterArn is ${clusterArn}: expected arn:aws:kafka:${region}:<account>:cluster/<name>/<id>`,
    !isServerless &&
      !(Number.isInteger(brokers) && brokers >= 3) &&
      `brokers is ${brokers}: expected 'serverless', or at least 3, since topics have 3 replicas`,
    !isGroupId(securityGroupId) && `securityGroupId is ${securityGroupId}: expected sg-…`,
    isServerless &&
      scram !== undefined &&
      'a serverless cluster has no users with passwords: leave scram out, and clients log in by IAM',
    isServerless &&
      managedPrometheus !== undefined &&
      'a serverless cluster shows no brokers: leave managedPrometheus out',
    scram === undefined &&
      access.auth !== 'iam' &&
      `kafka.access has auth ${access.auth}: expected iam, or scram in kafka.existing`,
    scram !== undefined &&
      !isSecretArn(scram.secretArn, region) &&
      `scram.secretArn is ${scram.secretArn}: expected the whole ARN of a secret in ${region}`,
    scram !== undefined &&
      !scram.secretArn.includes(':secret:AmazonMSK_') &&
      'scram.secretArn names a secret that MSK refuses: its name must begin with AmazonMSK_',
    scram !== undefined &&
      !isKeyArn(scram.keyArn, region) &&
      `scram.keyArn is ${scram.keyArn}: expected the ARN of a KMS key in ${region}`,
  ]);
}
