import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import {
  type BrokerNode,
  prepareBroker,
  prepareFirstBroker,
} from '../../../../../localstack/platform/broker/broker.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'isobar-broker-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

const nodeOf = (id: number): BrokerNode => ({ id, port: 9092 + id, controllerPort: 9192 + id });

function formatted(node: BrokerNode, below: string): Record<string, string> {
  const { home } = prepareBroker(node, [node], below);
  const lines = readFileSync(path.join(home, 'data/meta.properties'), 'utf8').trim().split('\n');
  return Object.fromEntries(lines.map((line) => line.split('=')));
}

test('the brokers of a folder are one cluster with a disk each, and those of another folder are another', () => {
  const [first, second] = [1, 2].map((id) => formatted(nodeOf(id), path.join(dir, 'one')));
  const other = formatted(nodeOf(1), path.join(dir, 'other'));
  const id = expect.stringMatching(/^[A-Za-z0-9][\w-]{21}$/);
  expect(first).toEqual({ version: '1', 'cluster.id': id, 'node.id': '1', 'directory.id': id });
  expect(second).toEqual({ ...first, 'node.id': '2', 'directory.id': id });
  expect(second?.['directory.id']).not.toBe(first?.['directory.id']);
  expect(other['cluster.id']).not.toBe(first?.['cluster.id']);
});

test('a broker unpacks native code below its data folder, so a killed broker leaves nothing in /tmp', () => {
  const { home, run } = prepareBroker(nodeOf(1), [nodeOf(1)], dir);
  const { format, runAndArchive } = prepareFirstBroker(nodeOf(1), dir);
  for (const args of [format, run, runAndArchive])
    expect(args).toContain(`-Djava.io.tmpdir=${path.join(home, 'tmp')}`);
});
