/** Small files that take minutes. Without them, a run would end with one of them alone. */
const long = [
  'e2e/chaos',
  'integration/fraud-labels',
  'integration/daily-workflow',
  'integration/replaced-files',
  'contract/kafka-esm/broker-failure',
  'contract/localstack/platform/prometheus',
  'contract/lambdas/weather/ingest-observations/large-file',
  'contract/lambdas/weather/land-observations/parquet',
  'stacks/same-templates',
  'stacks/cfn-lint',
].map((name) => `/test/${name}.test.ts`);

/**
 * Jest's `testSequencer`: the long files, then the largest, as Jest does where it does not know how long a
 * file takes.
 */
export default class LongestFirst {
  sort(tests) {
    const isShort = ({ path }) => !long.some((name) => path.endsWith(name));
    const size = ({ path, context }) => context.hasteFS.getSize(path) ?? 0;
    return tests.toSorted((a, b) => isShort(a) - isShort(b) || size(b) - size(a));
  }

  /** Jest would keep durations for the next run. */
  cacheResults() {}
}
