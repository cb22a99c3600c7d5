import type { Config } from 'jest';

const project = (name: string, folders: string[]) => ({
  displayName: name,
  rootDir: import.meta.dirname,
  testMatch: folders.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': '<rootDir>/test/strip-types.cjs' },
  modulePathIgnorePatterns: ['<rootDir>/.isobar', '<rootDir>/cdk.out'],
});

const config: Config = {
  projects: [project('unit', ['unit']), project('stacks', ['stacks'])],
};

export default config;
