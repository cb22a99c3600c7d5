import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { eventually } from './cluster.ts';
import { type LambdaApi, recordsOf, startLambdaApi, textOf } from './lambda-api.ts';
import { type PollerProcess, startPoller } from './poller-process.ts';
import { type SecureBroker, startSecureBroker, USER } from './secure-broker.ts';
import { FUNCTION } from './stage.ts';

let broker: SecureBroker;
let api: LambdaApi;
let poller: PollerProcess;

beforeAll(async () => {
  broker = await startSecureBroker();
}, 60_000);
afterAll(() => broker?.stop());
beforeEach(async () => {
  api = await startLambdaApi();
});
afterEach(async () => {
  await poller?.stop('SIGKILL');
  await api.close();
});

const MSK = 'arn:aws:kafka:us-east-1:000000000000:cluster/weather/abc-1';

/** Answers for MSK, and for Secrets Manager with these secrets. */
function answer(secrets: { [id: string]: object }, bootstrapBrokers: object = {}) {
  api.answerOthers(({ path, headers, body }) => {
    if (path.endsWith('/bootstrap-brokers')) return { status: 200, body: JSON.stringify(bootstrapBrokers) };
    if (headers['x-amz-target'] !== 'secretsmanager.GetSecretValue') return { status: 404 };
    const secret = secrets[JSON.parse(body).SecretId];
    return secret
      ? { status: 200, body: JSON.stringify({ SecretString: JSON.stringify(secret) }) }
      : { status: 400 };
  });
}

const selfManaged = (listener: 'scram' | 'tls' | 'mutual') => ({
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [broker.address(listener)] } },
});

/** Serves a mapping with this access to a topic with one record. */
async function serve(source: object, access: { [type: string]: string }) {
  const topic = await broker.cluster.createTopic(1);
  await broker.cluster.produce(topic, 0, ['a']);
  api.put({
    FunctionArn: FUNCTION,
    Topics: [topic],
    SourceAccessConfigurations: Object.entries(access).map(([Type, URI]) => ({ Type, URI })),
    ...source,
  });
  poller = await startPoller(api.url);
}

const untilDelivered = () =>
  eventually(
    () => api.callsOf(FUNCTION).flatMap(({ event }) => recordsOf(event).map(textOf)),
    (values) => values.join() === 'a',
  );
const untilProblem = () =>
  eventually(
    () => poller.lines.find(({ event }) => event === 'polling-failed')?.error,
    (error) => error !== undefined,
  );

test('SCRAM-SHA-512 over TLS, with the user and the root CA from secrets', async () => {
  answer({ user: USER, ca: { certificate: broker.pem('ca.crt') } });
  await serve(selfManaged('scram'), { SASL_SCRAM_512_AUTH: 'user', SERVER_ROOT_CA_CERTIFICATE: 'ca' });
  await untilDelivered();
});

test('TLS without a user, with the root CA from a secret', async () => {
  answer({ ca: { certificate: broker.pem('ca.crt') } });
  await serve(selfManaged('tls'), { SERVER_ROOT_CA_CERTIFICATE: 'ca' });
  await untilDelivered();
});

test('TLS with a client certificate from a secret', async () => {
  const client = { certificate: broker.pem('client.crt'), privateKey: broker.pem('client.key') };
  answer({ client, ca: { certificate: broker.pem('ca.crt') } });
  await serve(selfManaged('mutual'), {
    CLIENT_CERTIFICATE_TLS_AUTH: 'client',
    SERVER_ROOT_CA_CERTIFICATE: 'ca',
  });
  await untilDelivered();
});

test('MSK with a SCRAM secret uses the brokers for it, and trusts the public CAs', async () => {
  // To the poller, Amazon's CA is one of those that Node.js trusts by itself.
  process.env.NODE_EXTRA_CA_CERTS = broker.caFile;
  answer({ user: USER }, { bootstrapBrokerStringSaslScram: broker.address('scram') });
  try {
    await serve({ EventSourceArn: MSK }, { SASL_SCRAM_512_AUTH: 'user' });
    await untilDelivered();
  } finally {
    delete process.env.NODE_EXTRA_CA_CERTS;
  }
});

test('MSK of an emulator that only offers plain text is read without credentials', async () => {
  answer({}, { bootstrapBrokerString: broker.address('plain') });
  await serve({ EventSourceArn: MSK }, { SASL_SCRAM_512_AUTH: 'user' });
  await untilDelivered();
});

test.each<[string, { [id: string]: object }, RegExp]>([
  ['a wrong password', { user: { ...USER, password: 'wrong-password' } }, /authentication/i],
  ['a secret without a password', { user: { username: 'lambda' } }, /user has no field password/],
  ['no such secret', {}, /GetSecretValue of user answered 400/],
])('%s is the reason why nothing is delivered; the log has no secret', async (_name, secrets, reason) => {
  answer({ ca: { certificate: broker.pem('ca.crt') }, ...secrets });
  await serve(selfManaged('scram'), { SASL_SCRAM_512_AUTH: 'user', SERVER_ROOT_CA_CERTIFICATE: 'ca' });
  expect(await untilProblem()).toMatch(reason);
  expect(api.calls).toEqual([]);
  expect(JSON.stringify(poller.lines)).not.toContain('wrong-password');
});

test('a broker whose certificate is of an unknown CA is not trusted', async () => {
  answer({ user: USER });
  await serve(selfManaged('scram'), { SASL_SCRAM_512_AUTH: 'user' });
  expect(await untilProblem()).toMatch(/certificate/i);
});
