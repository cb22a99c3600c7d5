import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Config } from 'jest';

// test/stacks/synthesized.ts keeps the templates that a run has made here.
const templates = mkdtempSync(join(tmpdir(), 'isobar-templates-'));
process.once('exit', () => rmSync(templates, { recursive: true, force: true }));
process.env.ISOBAR_TEST_TEMPLATES = templates;
// The CDK's check against CloudFormation's schemas, which `npm run synth` makes, would take most of the time.
process.env.CDK_VALIDATION = 'false';

const project = (name: string) => ({
  ...(name === 'stacks' && { globalSetup: '<rootDir>/test/stacks/start-synthesizer.ts' }),
  displayName: name,
  rootDir: import.meta.dirname,
  testMatch: [`<rootDir>/test/${name}/**/*.test.ts`],
  extensionsToTreatAsEsm: ['.ts', '.sql'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.cjs', '\\.sql$': '<rootDir>/test/text-module.cjs' },
  modulePathIgnorePatterns: ['<rootDir>/.isobar', '<rootDir>/cdk.out'],
});

const config: Config = {
  projects: ['unit', 'stacks', 'contract', 'integration', 'e2e', 'long'].map(project),
  maxWorkers: 2,
  testSequencer: '<rootDir>/test/longest-first.mjs',
  testTimeout: 300_000,
};

export default config;
