import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { generate } from 'selfsigned';
import { choosePorts } from '../../../localstack/platform/ports.ts';
import { foundPrograms, kafkaArchive, kafkaLib } from '../../../localstack/setup/tools.mjs';
import { type Cluster, connectCluster, eventually } from './cluster.ts';

const SECURITY = 'org.apache.kafka.common.security';
export const USER = { username: 'lambda', password: 'not-a-real-password' };

/**
 * A broker with a listener for each kind of access: SASL_SSL by mechanism, TLS, and TLS with client
 * certificates. It has its own CA.
 */
export async function startSecureBroker() {
  const dir = mkdtempSync(path.join(tmpdir(), 'secure-broker-'));
  const ports = await choosePorts({
    plain: 0,
    scram: 0,
    scram256: 0,
    basic: 0,
    tls: 0,
    mutual: 0,
    controller: 0,
  });
  await makeCertificates(dir);
  const properties = path.join(dir, 'server.properties');
  writeFileSync(properties, propertiesOf(ports, dir));
  const shared = [`-XX:SharedArchiveFile=${kafkaArchive}`, '-Xshare:auto'];
  const jvm = [
    '-Xmx256m',
    '-XX:-UsePerfData',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...shared,
    '-cp',
    path.join(kafkaLib, '*'),
  ];
  const { java } = foundPrograms();
  const users = ['SCRAM-SHA-512', 'SCRAM-SHA-256'].flatMap((mechanism) => [
    '--add-scram',
    `${mechanism}=[name=${USER.username},password=${USER.password}]`,
  ]);
  const format = ['format', '-t', 'c2VjdXJlLXRlc3Qta2Fma2E', '-c', properties, ...users];
  execFileSync(java, [...jvm, 'kafka.tools.StorageTool', ...format], { stdio: 'ignore' });
  const broker: ChildProcess = spawn(java, [...jvm, 'kafka.Kafka', properties], { stdio: 'ignore' });
  const end = () => {
    broker.kill('SIGKILL');
    rmSync(dir, { recursive: true, force: true });
  };
  const address = (name: keyof typeof ports) => `127.0.0.1:${ports[name]}`;
  const cluster = await eventually<Cluster | undefined>(
    () => connectCluster([address('plain')]).catch(() => undefined),
    (connected) => connected !== undefined,
    180_000,
  ).catch((error) => {
    end();
    throw error;
  });
  if (!cluster) throw new Error('the broker did not start');

  return {
    cluster,
    address,
    caFile: path.join(dir, 'ca.crt'),
    pem: (name: 'ca.crt' | 'client.crt' | 'client.key') => readFileSync(path.join(dir, name), 'utf8'),
    async stop() {
      await cluster.close();
      end();
    },
  };
}

export type SecureBroker = Awaited<ReturnType<typeof startSecureBroker>>;

/**
 * A certificate authority, and the certificates that it has signed for the broker and for a client, as PEM
 * files.
 */
async function makeCertificates(dir: string): Promise<void> {
  const ca = await generate([{ name: 'commonName', value: 'test-ca' }], {
    extensions: [{ name: 'basicConstraints', cA: true }],
  });
  const write = (name: string, text: string) => writeFileSync(path.join(dir, name), text);
  write('ca.crt', ca.cert);
  for (const name of ['server', 'client']) {
    const signed = await generate([{ name: 'commonName', value: name }], {
      ca: { key: ca.private, cert: ca.cert },
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    write(`${name}.key`, signed.private);
    write(`${name}.crt`, signed.cert);
    write(`${name}.pem`, `${signed.private}\n${signed.cert}`);
  }
}

function propertiesOf(ports: { [listener: string]: number }, dir: string): string {
  const { controller, ...open } = ports;
  const listeners = Object.entries(open).map(([name, port]) => `${name.toUpperCase()}://127.0.0.1:${port}`);
  return Object.entries({
    'process.roles': 'broker,controller',
    'node.id': 1,
    'controller.quorum.voters': `1@127.0.0.1:${controller}`,
    'controller.listener.names': 'CONTROLLER',
    listeners: [...listeners, `CONTROLLER://127.0.0.1:${controller}`],
    'advertised.listeners': listeners,
    'listener.security.protocol.map':
      'PLAIN:PLAINTEXT,SCRAM:SASL_SSL,SCRAM256:SASL_SSL,BASIC:SASL_SSL,TLS:SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAIN',
    'listener.name.scram.sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.scram.scram-sha-512.sasl.jaas.config': `${SECURITY}.scram.ScramLoginModule required;`,
    'listener.name.scram256.sasl.enabled.mechanisms': 'SCRAM-SHA-256',
    'listener.name.scram256.scram-sha-256.sasl.jaas.config': `${SECURITY}.scram.ScramLoginModule required;`,
    'listener.name.basic.sasl.enabled.mechanisms': 'PLAIN',
    'listener.name.basic.plain.sasl.jaas.config': `${SECURITY}.plain.PlainLoginModule required user_${USER.username}="${USER.password}";`,
    'listener.name.mutual.ssl.client.auth': 'required',
    'ssl.keystore.type': 'PEM',
    'ssl.keystore.location': path.join(dir, 'server.pem'),
    'ssl.truststore.type': 'PEM',
    'ssl.truststore.location': path.join(dir, 'ca.crt'),
    'log.dirs': path.join(dir, 'data'),
    'offsets.topic.replication.factor': 1,
    'offsets.topic.num.partitions': 1,
    'group.initial.rebalance.delay.ms': 0,
    'log.cleaner.dedupe.buffer.size': 4_194_304,
  })
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
