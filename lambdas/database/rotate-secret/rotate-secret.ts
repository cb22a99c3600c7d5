import { otherLogin } from '../../shared/postgres/database-roles.ts';
import type { DatabaseCredentials } from '../../shared/postgres/database-secret.ts';

/** @see https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html */
export interface RotationEvent {
  readonly Step: string;
  readonly SecretId: string;
  /** The id of the new version. */
  readonly ClientRequestToken: string;
}

/** A secret as its JSON has it. Fields that a rotation does not change are kept. */
export type SecretValue = DatabaseCredentials & { readonly fields: Readonly<Record<string, unknown>> };

export interface Ports {
  /** The staging labels of each version. */
  readonly stagesOf: (secretId: string) => Promise<Readonly<Record<string, readonly string[]>>>;
  /** Undefined for a version without a value, or that is not there. */
  readonly read: (secretId: string, version: Version) => Promise<SecretValue | undefined>;
  readonly storePending: (secretId: string, token: string, value: SecretValue) => Promise<void>;
  readonly makeCurrent: (secretId: string, token: string, before: string) => Promise<void>;
  readonly canLogIn: (credentials: DatabaseCredentials) => Promise<boolean>;
  /** As the master user. */
  readonly setPassword: (user: string, password: string) => Promise<void>;
  readonly newPassword: () => string;
}

type Version = { readonly stage: 'AWSCURRENT' } | { readonly stage: 'AWSPENDING'; readonly token: string };

const current: Version = { stage: 'AWSCURRENT' };

/**
 * One of the four steps of a rotation. It gives the login of the role that is not in use a new password, and
 * then makes that login the current one. So the login in use stays valid until the next rotation, and no
 * connection fails meanwhile. Secrets Manager repeats steps: each may run again.
 */
export async function rotateSecret({ Step, SecretId, ClientRequestToken }: RotationEvent, ports: Ports) {
  const stages = await ports.stagesOf(SecretId);
  const ofToken = stages[ClientRequestToken];
  if (ofToken === undefined)
    throw new Error(`The secret ${SecretId} has no version ${ClientRequestToken}: start the rotation again`);
  if (ofToken.includes('AWSCURRENT')) return; // this rotation is over
  if (!ofToken.includes('AWSPENDING'))
    throw new Error(
      `The version ${ClientRequestToken} of ${SecretId} is not pending: start the rotation again`,
    );

  const step = steps[Step];
  if (step === undefined) throw new Error(`The step is "${Step}", expected ${Object.keys(steps).join(', ')}`);
  await step({ secretId: SecretId, token: ClientRequestToken, stages }, ports);
}

interface Rotation {
  readonly secretId: string;
  readonly token: string;
  readonly stages: Readonly<Record<string, readonly string[]>>;
}

const steps: Readonly<Record<string, (rotation: Rotation, ports: Ports) => Promise<void>>> = {
  async createSecret({ secretId, token }, { read, storePending, newPassword }) {
    if (await read(secretId, { stage: 'AWSPENDING', token })) return;
    const inUse = await readCurrent(secretId, read);
    const user = otherLogin(inUse.user);
    if (user === undefined)
      throw new Error(`The secret ${secretId} has the user "${inUse.user}", which is no login of a role`);
    await storePending(secretId, token, { ...inUse, user, password: newPassword() });
  },

  async setSecret(rotation, ports) {
    const pending = await readPending(rotation, ports);
    if (await ports.canLogIn(pending)) return;
    // The version may have been edited by a person: only a login of the same role may get the password.
    const inUse = await readCurrent(rotation.secretId, ports.read);
    if (pending.user !== otherLogin(inUse.user) || pending.host !== inUse.host)
      throw new Error(
        `The pending version of ${rotation.secretId} is not of the other login of "${inUse.user}"`,
      );
    await ports.setPassword(pending.user, pending.password);
  },

  async testSecret(rotation, ports) {
    // Secrets Manager also runs this step alone when a schedule is set. Then nothing was created.
    const pending = await ports.read(rotation.secretId, { stage: 'AWSPENDING', token: rotation.token });
    const tested = pending ?? (await readCurrent(rotation.secretId, ports.read));
    if (!(await ports.canLogIn(tested)))
      throw new Error(`${tested.user} cannot log in with the new password of ${rotation.secretId}`);
  },

  async finishSecret({ secretId, token, stages }, { makeCurrent }) {
    const before = Object.keys(stages).find((version) => stages[version]?.includes('AWSCURRENT'));
    if (before === undefined) throw new Error(`The secret ${secretId} has no current version`);
    await makeCurrent(secretId, token, before);
  },
};

async function readCurrent(secretId: string, read: Ports['read']): Promise<SecretValue> {
  const value = await read(secretId, current);
  if (value === undefined) throw new Error(`The secret ${secretId} has no current version`);
  return value;
}

async function readPending({ secretId, token }: Rotation, { read }: Ports): Promise<SecretValue> {
  const value = await read(secretId, { stage: 'AWSPENDING', token });
  if (value === undefined) throw new Error(`The version ${token} of ${secretId} has no value`);
  return value;
}
