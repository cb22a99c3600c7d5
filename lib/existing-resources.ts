/**
 * @param faults a text each, or false for what is as it must be
 * @throws Error that names the setting and each fault
 */
export function refuse(setting: string, faults: readonly (string | false)[]): void {
  const found = faults.filter((fault) => fault !== false);
  if (found.length > 0)
    throw new Error(
      [`${setting} in lib/config.ts cannot be used:`, ...found.map((each) => `  ${each}`)].join('\n'),
    );
}

export const isGroupId = (id: string): boolean => /^sg-[\da-f]{8,17}$/.test(id);

/** Secrets Manager adds six characters to the name; without them, a policy matches nothing. */
export const isSecretArn = (arn: string, region: string): boolean =>
  new RegExp(`^arn:aws[\\w-]*:secretsmanager:${region}:\\d{12}:secret:[\\w/+=.@!-]+-\\w{6}$`).test(arn);

export const isKeyArn = (arn: string, region: string): boolean =>
  new RegExp(`^arn:aws[\\w-]*:kms:${region}:\\d{12}:key/[\\w-]+$`).test(arn);
