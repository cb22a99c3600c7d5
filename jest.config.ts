import type { Config } from 'jest';

const project = (name: string) => ({
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
  testTimeout: 300_000,
};

export default config;
