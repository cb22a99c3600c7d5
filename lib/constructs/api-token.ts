import type { IGrantable } from 'aws-cdk-lib/aws-iam';
import { Secret } from 'aws-cdk-lib/aws-secretsmanager';
import { Construct } from 'constructs';
import type { AppConfig } from '../app-config.ts';

export interface ApiTokenProps {
  readonly config: AppConfig;
  /** The secret's name without project and stage. */
  readonly name: string;
}

/**
 * The bearer token of an endpoint: a secret whose whole text is the token. The endpoint accepts its current
 * and its previous version. So one new version rotates the token, and two new versions revoke it.
 */
export class ApiToken extends Construct {
  readonly arn: string;
  readonly #secret: Secret;

  constructor(scope: Construct, id: string, { config, name }: ApiTokenProps) {
    super(scope, id);
    this.#secret = new Secret(this, 'Secret', {
      secretName: `isobar/${config.stage}/tokens/${name}`,
      // 43 letters and digits: more than 255 bits.
      generateSecretString: { passwordLength: 43, excludePunctuation: true },
    });
    this.arn = this.#secret.secretArn;
  }

  grantRead(grantee: IGrantable): void {
    this.#secret.grantRead(grantee);
  }
}
