import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { prepareBroker } from '../../../../../localstack/platform/broker/broker.ts';

test('the brokers of a folder are one cluster, and those of another folder are another', () => {
  const clusterIds = (nodeIds: readonly number[]) => {
    const dir = mkdtempSync(path.join(tmpdir(), 'isobar-broker-'));
    try {
      const nodes = nodeIds.map((id) => ({ id, port: 9092 + id, controllerPort: 9192 + id }));
      return nodes.map((node) => {
        const { format } = prepareBroker(node, nodes, dir);
        return format[format.indexOf('-t') + 1] ?? '';
      });
    } finally {
      rmSync(dir, { recursive: true, force: true });
    }
  };
  const [first = '', ...others] = clusterIds([1, 2, 1]);
  expect(others).toEqual([first, first]);
  expect(first).toMatch(/^[A-Za-z0-9][\w-]{21}$/);
  expect(clusterIds([1])).not.toContain(first);
});

test('a broker unpacks native code below its data folder, so a killed broker leaves nothing in /tmp', () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'isobar-broker-'));
  try {
    const node = { id: 1, port: 9092, controllerPort: 9192 };
    const { home, format, run, runAndArchive } = prepareBroker(node, [node], dir);
    for (const args of [format, run, runAndArchive])
      expect(args).toContain(`-Djava.io.tmpdir=${path.join(home, 'tmp')}`);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
});
