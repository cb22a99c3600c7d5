import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { logins } from '../../../../../lambdas/database/rotate-secret/logins.ts';
import {
  type Ports,
  rotateSecret,
  type SecretValue,
} from '../../../../../lambdas/database/rotate-secret/rotate-secret.ts';
import { connectDatabase } from '../../../../../lambdas/shared/postgres/database.ts';
import { scramVerifier } from '../../../../../lambdas/shared/postgres/scram-verifier.ts';
import { testDatabase } from '../../test-database.ts';

/** The platform uses these logins in a deploy only, and gets their passwords back. */
const names = ['isobar_migrator_a', 'isobar_migrator_b'];
let before: readonly { rolname: string; rolpassword: string | null }[] = [];
// Before `testDatabase`, whose own hook closes the connections.
afterAll(async () => {
  for (const { rolname, rolpassword } of before)
    await query(`alter role ${rolname} password ${rolpassword ? `'${rolpassword}'` : 'null'}`);
});

const { connect, credentials, query } = testDatabase();

beforeAll(async () => {
  before = await query('select rolname, rolpassword from pg_authid where rolname = any ($1)', [names]);
});

const steps = ['createSecret', 'setSecret', 'testSecret', 'finishSecret'];

/** A secret with versions, as Secrets Manager keeps it. */
function secretOf(user: string, password: string) {
  const value = (): SecretValue => ({ ...credentials('superuser'), user, password, fields: {} });
  const versions = new Map([['v0', { stages: ['AWSCURRENT'], value: value() as SecretValue | undefined }]]);
  const staged = (stage: string) =>
    [...versions.values()].find(({ stages }) => stages.includes(stage))?.value;
  const secret: Pick<Ports, 'stagesOf' | 'read' | 'storePending' | 'makeCurrent'> = {
    stagesOf: async () => Object.fromEntries([...versions].map(([id, { stages }]) => [id, stages])),
    read: async (_, version) =>
      'token' in version ? versions.get(version.token)?.value : staged(version.stage),
    storePending: async (_, token, pending) => {
      versions.set(token, { stages: ['AWSPENDING'], value: pending });
    },
    makeCurrent: async (_, token, old) => {
      for (const [id, version] of versions)
        version.stages = id === token ? ['AWSCURRENT', 'AWSPENDING'] : id === old ? ['AWSPREVIOUS'] : [];
    },
  };
  const start = () => {
    const token = randomUUID();
    for (const version of versions.values())
      version.stages = version.stages.filter((stage) => stage !== 'AWSPENDING');
    versions.set(token, { stages: ['AWSPENDING'], value: undefined });
    return token;
  };
  return { secret, start, current: () => staged('AWSCURRENT') as SecretValue };
}

const password = 'firstPassword0123456789012345678901234567890';
beforeEach(() => query(`alter role isobar_migrator_a password '${scramVerifier(password)}'`));

const portsOf = (secret: ReturnType<typeof secretOf>['secret'], over: Partial<Ports> = {}): Ports => ({
  ...secret,
  ...logins(connect('superuser'), undefined),
  newPassword: () => randomUUID().replaceAll('-', ''),
  ...over,
});

const rotate = async (token: string, ports: Ports, from: readonly string[] = steps) => {
  for (const Step of from) await rotateSecret({ Step, SecretId: 'secret', ClientRequestToken: token }, ports);
};

test('a rotation changes to the other login; the one before stays valid until the next', async () => {
  const { secret, start, current } = secretOf('isobar_migrator_a', password);
  const ports = portsOf(secret);
  const first = current();
  await rotate(start(), ports);
  const second = current();
  expect([first.user, second.user]).toEqual(['isobar_migrator_a', 'isobar_migrator_b']);
  expect([await ports.canLogIn(first), await ports.canLogIn(second)]).toEqual([true, true]);
  await rotate(start(), ports);
  const third = current();
  expect(third.user).toBe('isobar_migrator_a');
  expect([await ports.canLogIn(first), await ports.canLogIn(second), await ports.canLogIn(third)]).toEqual([
    false,
    true,
    true,
  ]);
});

test('each step may run again, also after a crash between it and the next', async () => {
  const { secret, start, current } = secretOf('isobar_migrator_a', password);
  const ports = portsOf(secret);
  const token = start();
  for (const step of steps) {
    await rotate(token, ports, [step]);
    const pending = await secret.read('secret', { stage: 'AWSPENDING', token });
    await rotate(token, ports, [step]);
    expect(await secret.read('secret', { stage: 'AWSPENDING', token })).toEqual(pending);
  }
  expect(await ports.canLogIn(current())).toBe(true);
});

test('the current version stays when the new login cannot log in', async () => {
  const { secret, start, current } = secretOf('isobar_migrator_a', password);
  const failing = portsOf(secret, { setPassword: async () => {} });
  await expect(rotate(start(), failing)).rejects.toThrow('isobar_migrator_b cannot log in');
  expect(current().user).toBe('isobar_migrator_a');
});

test('the test of a new schedule, without a new version, tries the current login', async () => {
  const { secret, start } = secretOf('isobar_migrator_a', password);
  await rotate(start(), portsOf(secret), ['testSecret']);
  const { secret: wrong, start: startWrong } = secretOf('isobar_migrator_a', 'wrong');
  await expect(rotate(startWrong(), portsOf(wrong), ['testSecret'])).rejects.toThrow('cannot log in');
});

test('a version that is not pending, a wrong user and a pending version of another role are refused', async () => {
  const { secret, start } = secretOf('isobar_migrator_a', password);
  const ports = portsOf(secret);
  await expect(rotate('unknown', ports)).rejects.toThrow('has no version unknown');
  const token = start();
  await secret.storePending('secret', token, { ...secretOf('isobar_weather_a', 'p').current() });
  await expect(rotate(token, ports, ['setSecret'])).rejects.toThrow('is not of the other login');
  const { secret: master, start: startMaster } = secretOf('postgres', 'p');
  await expect(rotate(startMaster(), portsOf(master))).rejects.toThrow('no login of a role');
});

test('a function keeps its connections over a rotation, and after two takes the new login when it connects again', async () => {
  const { secret, start, current } = secretOf('isobar_migrator_a', password);
  const ports = portsOf(secret);
  let reads = 0;
  const database = connectDatabase({
    credentials: async () => {
      reads += 1;
      const { fields: _, ...found } = current();
      return found;
    },
  });
  const user = async () => (await database.query<{ user: string }>('select session_user as user'))[0]?.user;
  expect(await user()).toBe('isobar_migrator_a');
  await rotate(start(), ports);
  await rotate(start(), ports);
  // Its connection is open, though the password is another by now.
  expect([await user(), reads]).toEqual(['isobar_migrator_a', 1]);
  await rotate(start(), ports);
  // As a failover or an idle time-out would.
  await query(
    `select pg_terminate_backend(pid) from pg_stat_activity where usename = 'isobar_migrator_a' and datname = current_database()`,
  );
  expect([await user(), reads]).toEqual(['isobar_migrator_b', 2]);
  await database.close();
});
