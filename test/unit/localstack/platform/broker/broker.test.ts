import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { prepareBroker } from '../../../../../localstack/platform/broker/broker.ts';

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
