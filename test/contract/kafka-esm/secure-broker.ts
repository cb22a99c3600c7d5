import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { choosePorts } from '../../../localstack/ports.ts';
import { foundPrograms, kafkaArchive, kafkaLib } from '../../../localstack/setup/tools.mjs';
import { type Cluster, connectCluster, eventually } from './cluster.ts';

export const USER = { username: 'lambda', password: 'not-a-real-password' };

/** A broker that speaks SASL_SSL (SCRAM-SHA-512), TLS, and TLS with client certificates, under a CA of its own. */
export async function startSecureBroker() {
  const dir = mkdtempSync(path.join(tmpdir(), 'secure-broker-'));
  const ports = await choosePorts({ plain: 0, scram: 0, tls: 0, mutual: 0, controller: 0 });
  makeCertificates(dir);
  const properties = path.join(dir, 'server.properties');
  writeFileSync(properties, propertiesOf(ports, dir));
  const shared = [`-XX:SharedArchiveFile=${kafkaArchive}`, '-Xshare:auto'];
  const jvm = [
    '-Xmx256m',
    '-XX:+UseSerialGC',
    '-XX:TieredStopAtLevel=1',
    ...shared,
    '-cp',
    path.join(kafkaLib, '*'),
  ];
  const { java } = foundPrograms();
  const scram = `SCRAM-SHA-512=[name=${USER.username},password=${USER.password}]`;
  const format = ['format', '-t', 'c2VjdXJlLXRlc3Qta2Fma2E', '-c', properties, '--add-scram', scram];
  execFileSync(java, [...jvm, 'kafka.tools.StorageTool', ...format], { stdio: 'ignore' });
  const broker: ChildProcess = spawn(java, [...jvm, 'kafka.Kafka', properties], { stdio: 'ignore' });
  const address = (name: keyof typeof ports) => `127.0.0.1:${ports[name]}`;
  const cluster = await eventually<Cluster | undefined>(
    () => connectCluster([address('plain')]).catch(() => undefined),
    (connected) => connected !== undefined,
    30_000,
  );
  if (!cluster) throw new Error('the broker did not start');

  return {
    cluster,
    address,
    caFile: path.join(dir, 'ca.crt'),
    pem: (name: 'ca.crt' | 'client.crt' | 'client.key') => readFileSync(path.join(dir, name), 'utf8'),
    async stop() {
      await cluster.close();
      broker.kill('SIGKILL');
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

export type SecureBroker = Awaited<ReturnType<typeof startSecureBroker>>;

function makeCertificates(dir: string): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' });
  const key = ['-newkey', 'rsa:2048', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...key,
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
    '-subj',
    '/CN=test-ca',
    '-days',
    '2',
  );
  writeFileSync(path.join(dir, 'names'), 'subjectAltName=IP:127.0.0.1\n');
  for (const name of ['server', 'client']) {
    openssl('req', ...key, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${name}`);
    const signed = ['-in', `${name}.csr`, '-out', `${name}.crt`, '-days', '2', '-extfile', 'names'];
    openssl('x509', '-req', '-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', ...signed);
  }
  const pem = ['server.key', 'server.crt'].map((name) => readFileSync(path.join(dir, name), 'utf8'));
  writeFileSync(path.join(dir, 'server.pem'), pem.join(''));
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
      'PLAIN:PLAINTEXT,SCRAM:SASL_SSL,TLS:SSL,MUTUAL:SSL,CONTROLLER:PLAINTEXT',
    'inter.broker.listener.name': 'PLAIN',
    'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
    'listener.name.scram.scram-sha-512.sasl.jaas.config':
      'org.apache.kafka.common.security.scram.ScramLoginModule required;',
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
