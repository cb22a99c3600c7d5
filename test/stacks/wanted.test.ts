import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { wantedOf } from '../../bin/deploy/wanted.ts';
import { inRegion, stages } from '../../lib/config.ts';
import { onExisting } from '../fixtures/existing-resources.ts';
import { withApp } from './with-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'isobar-wanted-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the checks before a deploy read from the templates what the stage needs', async () => {
  const config = inRegion(stages.prod, 'eu-west-1');
  const assembly = join(folder, 'eu');
  withApp(config, (app) => app.synth(), { outdir: assembly });
  const wanted = await wantedOf(assembly, { 'AWS::AccountId': '123456789012', 'AWS::Region': 'eu-west-1' });
  expect(wanted.stacks.every((stack) => stack.startsWith('isobar-prod-'))).toBe(true);
  expect(wanted.names.map(({ kind, name, stack }) => `${stack}: ${kind} ${name}`)).toEqual(
    expect.arrayContaining([
      'isobar-prod-streaming: cluster isobar-prod',
      'isobar-prod-storage: bucket isobar-prod-lake-123456789012-eu-west-1',
      'isobar-prod-storage: database isobar-prod',
      'isobar-prod-storage: secret isobar/prod/database',
      'isobar-prod-fraud: secret isobar/prod/tokens/predict',
    ]),
  );
  expect(wanted.postgres?.instanceClass).toBe(`db.${config.database.instanceType}`);
  expect(wanted.postgres?.version).toMatch(/^18/);
  expect(wanted.kafkaVersion).toBe('4.0.x.kraft');
  // Five consumers alone run up to 34 functions.
  expect(wanted.concurrency).toBeGreaterThan(80);
});

test('on a cluster and a database that exist, the checks look for no version and no name of either', async () => {
  const assembly = join(folder, 'existing');
  withApp(onExisting(), (app) => app.synth(), { outdir: assembly });
  const wanted = await wantedOf(assembly, { 'AWS::AccountId': '123456789012', 'AWS::Region': 'us-east-1' });
  expect([wanted.postgres, wanted.kafkaVersion]).toEqual([undefined, undefined]);
  const kinds = new Set(wanted.names.map(({ kind }) => kind));
  expect(kinds).toEqual(new Set(['bucket', 'secret']));
});
