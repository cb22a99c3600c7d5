import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { stages } from '../../lib/config.ts';
import { withApp } from './with-app.ts';

const folder = mkdtempSync(join(tmpdir(), 'isobar-repeatable-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The bytes of every template, by the name of its file. */
function templatesIn(name: string, context: Readonly<Record<string, unknown>>): Record<string, string> {
  const outdir = join(folder, name);
  withApp(stages.dev, (app) => app.synth(), { outdir, context });
  const files = readdirSync(outdir).filter((file) => file.endsWith('.template.json'));
  return Object.fromEntries(files.map((file) => [file, readFileSync(join(outdir, file), 'utf8')]));
}

test("two syntheses write the same bytes, from npm as from the CDK's command line", () => {
  const fromNpm = templatesIn('npm', {});
  const fromCdk = templatesIn('cdk', {
    'aws:cdk:enable-path-metadata': true,
    'aws:cdk:enable-asset-metadata': true,
    'aws:cdk:version-reporting': true,
    'aws:cdk:bundling-stacks': ['**'],
  });
  expect(Object.keys(fromNpm)).toHaveLength(8);
  expect(fromCdk).toEqual(fromNpm);
});
