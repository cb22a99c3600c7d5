import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findPrometheus, howToGetPrometheus, prometheusDir } from '../../../../localstack/setup/tools.mjs';

let home: string;
beforeEach(() => {
  home = mkdtempSync(path.join(tmpdir(), 'isobar-prometheus-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

const install = (folder: string, mode: number, ...names: readonly string[]) => {
  mkdirSync(path.join(home, folder), { recursive: true });
  for (const name of names) {
    writeFileSync(path.join(home, folder, name), '');
    chmodSync(path.join(home, folder, name), mode);
  }
  return path.join(home, folder);
};

test('the Prometheus of the machine is used when it comes with promtool', () => {
  const alone = install('alone', 0o755, 'prometheus');
  const both = install('both', 0o755, 'prometheus', 'promtool');
  expect(findPrometheus([alone, both])).toEqual({
    prometheus: path.join(both, 'prometheus'),
    promtool: path.join(both, 'promtool'),
  });
});

test('a file that cannot be run, and a folder of a relative name, are passed over', () => {
  const found = findPrometheus([install('text', 0o644, 'prometheus', 'promtool'), '.']);
  expect([undefined, path.join(prometheusDir, 'usr/bin/prometheus')]).toContain(found?.prometheus);
});

test('a machine without Prometheus is told in one line how to get it', () => {
  expect(howToGetPrometheus).toMatch(/^[^\n]*apt install prometheus[^\n]*brew install prometheus[^\n]*$/);
});
