import type { AppConfig } from './app-config.ts';
import { isGroupId, isKeyArn, isSecretArn, refuse } from './existing-resources.ts';

/**
 * Refuses an existing database that the stacks cannot use. The checks of the deploy ask AWS for the rest.
 * @throws Error that names each fault and what is expected
 */
export function refuseUnusableDatabase({ region, network, database }: AppConfig): void {
  const { existing } = database;
  if (existing === undefined) return;
  const { instanceIdentifier, host, port, databaseName, securityGroupId } = existing;
  const { masterSecretArn, masterSecretKeyArn } = existing;
  refuse('database.existing', [
    network.existing === undefined &&
      "network.existing is missing: functions reach an instance only from within the instance's VPC",
    database.tlsCaFile === '' &&
      'database.tlsCaFile is empty: without it, passwords would go to the server without TLS',
    !/^[a-z][a-z\d-]{0,62}$/.test(instanceIdentifier) &&
      `instanceIdentifier is ${instanceIdentifier}: expected lower-case letters, digits and hyphens`,
    host.includes('.proxy-') &&
      `host is ${host}, an RDS Proxy: it does not pass on the limits of a session, so name the instance's`,
    !new RegExp(`^[\\w.-]+\\.${region}\\.rds\\.amazonaws\\.com(\\.cn)?$`).test(host) &&
      `host is ${host}: expected the endpoint *.${region}.rds.amazonaws.com, which the certificate names`,
    !(Number.isInteger(port) && port > 0 && port < 65_536) &&
      `port is ${port}: expected a number from 1 to 65535`,
    !/^[a-z_][a-z\d_]{0,62}$/.test(databaseName) &&
      `databaseName is ${databaseName}: expected lower-case letters, digits and underscores`,
    !isSecretArn(masterSecretArn, region) &&
      `masterSecretArn is ${masterSecretArn}: expected the whole ARN of a secret in ${region}`,
    masterSecretKeyArn !== undefined &&
      !isKeyArn(masterSecretKeyArn, region) &&
      `masterSecretKeyArn is ${masterSecretKeyArn}: expected the ARN of a KMS key in ${region}`,
    !isGroupId(securityGroupId) && `securityGroupId is ${securityGroupId}: expected sg-…`,
  ]);
}
