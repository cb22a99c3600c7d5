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
});
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

const selfManaged = (listener: 'scram' | 'scram256' | 'basic' | 'tls' | 'mutual') => ({
  SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [broker.address(listener)] } },
});

/** Polls a mapping with this access to a topic with one record. */
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
/** The reported LastProcessingResults, in order. */
const lastResults = (): string[] =>
  api.otherCalls
    .filter(({ path }) => path.endsWith('/last-processing-result'))
    .map(({ body }) => JSON.parse(body).LastProcessingResult);
const untilProblem = () =>
  eventually(
    () => poller.lines.find(({ event }) => event === 'polling-failed')?.error,
    (error) => error !== undefined,
  );

// https://docs.aws.amazon.com/lambda/latest/dg/kafka-cluster-auth.html
test.each([
  ['SCRAM-SHA-512', 'scram', 'SASL_SCRAM_512_AUTH'],
  ['SCRAM-SHA-256', 'scram256', 'SASL_SCRAM_256_AUTH'],
  ['PLAIN', 'basic', 'BASIC_AUTH'],
] as const)('%s over TLS works with the user and the root CA from secrets', async (_name, listener, type) => {
  answer({ user: USER, ca: { certificate: broker.pem('ca.crt') } });
  await serve(selfManaged(listener), { [type]: 'user', SERVER_ROOT_CA_CERTIFICATE: 'ca' });
  await untilDelivered();
});

test('TLS without a user works with the root CA from a secret', async () => {
  answer({ ca: { certificate: broker.pem('ca.crt') } });
  await serve(selfManaged('tls'), { SERVER_ROOT_CA_CERTIFICATE: 'ca' });
  await untilDelivered();
});

test('TLS works with a client certificate from a secret', async () => {
  const client = { certificate: broker.pem('client.crt'), privateKey: broker.pem('client.key') };
  answer({ client, ca: { certificate: broker.pem('ca.crt') } });
  await serve(selfManaged('mutual'), {
    CLIENT_CERTIFICATE_TLS_AUTH: 'client',
    SERVER_ROOT_CA_CERTIFICATE: 'ca',
  });
  await untilDelivered();
});

test('a mapping of MSK with a SCRAM secret uses the SCRAM brokers and trusts the public CAs', async () => {
  // The poller trusts the CAs of Node.js, and Amazon's CA is one of them. Here the test's CA takes its place.
  process.env.NODE_EXTRA_CA_CERTS = broker.caFile;
  answer({ user: USER }, { bootstrapBrokerStringSaslScram: broker.address('scram') });
  try {
    await serve({ EventSourceArn: MSK }, { SASL_SCRAM_512_AUTH: 'user' });
    await untilDelivered();
  } finally {
    delete process.env.NODE_EXTRA_CA_CERTS;
  }
});

test('an emulator’s MSK that only offers plaintext is read without credentials', async () => {
  answer({}, { bootstrapBrokerString: broker.address('plain') });
  await serve({ EventSourceArn: MSK }, { SASL_SCRAM_512_AUTH: 'user' });
  await untilDelivered();
});

const WRONG = { ...USER, password: 'wrong-password' };

test.each<[string, { [id: string]: object }, { [type: string]: string }, RegExp]>([
  ['a wrong password for SCRAM', { user: WRONG }, { SASL_SCRAM_512_AUTH: 'user' }, /authentication/i],
  ['a wrong password for PLAIN', { user: WRONG }, { BASIC_AUTH: 'user' }, /authentication/i],
  [
    'a secret without a password',
    { user: { username: 'lambda' } },
    { SASL_SCRAM_512_AUTH: 'user' },
    /user has no field password/,
  ],
  [
    'a secret that does not exist',
    {},
    { SASL_SCRAM_512_AUTH: 'user' },
    /GetSecretValue of user answered 400/,
  ],
])('%s is the LastProcessingResult, and no secret appears in it', async (_name, secrets, access, reason) => {
  answer({ ca: { certificate: broker.pem('ca.crt') }, ...secrets });
  const listener = 'BASIC_AUTH' in access ? 'basic' : 'scram';
  await serve(selfManaged(listener), { ...access, SERVER_ROOT_CA_CERTIFICATE: 'ca' });
  expect(await untilProblem()).toMatch(reason);
  const [result] = await eventually(lastResults, (results) => results.length > 0);
  expect(result).toMatch(/^PROBLEM: /);
  expect(result).toMatch(reason);
  expect(api.calls).toEqual([]);
  expect(JSON.stringify([poller.lines, lastResults()])).not.toContain('wrong-password');
});

test('a broker without TLS is named as the reason, where a login or a certificate asks for TLS', async () => {
  answer({ user: USER });
  const address = broker.address('plain');
  const source = { SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [address] } } };
  await serve(source, { SASL_SCRAM_512_AUTH: 'user' });
  const reason = `the brokers ${address} speak plaintext, and the mapping connects with TLS`;
  expect(await untilProblem()).toContain(reason);
  const [result] = await eventually(lastResults, (results) => results.length > 0);
  expect(result).toContain(`PROBLEM: ${reason}`);
  expect(api.calls).toEqual([]);
});

test('a mapping with a wrong password stops no other mapping, and works once its secret is right', async () => {
  const ca = { certificate: broker.pem('ca.crt') };
  answer({ user: WRONG, right: USER, ca });
  const [locked, open] = [await broker.cluster.createTopic(1), await broker.cluster.createTopic(1)];
  const put = (topic: string, URI: string) =>
    api.put({
      FunctionArn: `${FUNCTION}-${topic}`,
      Topics: [topic],
      SourceAccessConfigurations: [
        { Type: 'SASL_SCRAM_512_AUTH', URI },
        { Type: 'SERVER_ROOT_CA_CERTIFICATE', URI: 'ca' },
      ],
      ...selfManaged('scram'),
    });
  put(locked, 'user');
  poller = await startPoller(api.url);
  await untilProblem();
  put(open, 'right');
  await broker.cluster.produce(locked, 0, ['a']);
  await broker.cluster.produce(open, 0, ['b']);
  const calls = (topic: string) => () => api.callsOf(`${FUNCTION}-${topic}`).length;
  await eventually(calls(open), (count) => count === 1);
  expect(calls(locked)()).toBe(0);
  answer({ user: USER, right: USER, ca });
  await eventually(calls(locked), (count) => count === 1);
  await eventually(lastResults, (results) => results.at(-1) === 'OK');
});

test('a broker with a certificate of an unknown CA is not trusted', async () => {
  answer({ user: USER });
  await serve(selfManaged('scram'), { SASL_SCRAM_512_AUTH: 'user' });
  expect(await untilProblem()).toMatch(/certificate/i);
});
