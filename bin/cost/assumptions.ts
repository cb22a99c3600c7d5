/** What nobody measured. Each is named in docs/cost.md. */
export const assumptions = {
  /** The bill is for this month of operation: until then, the lake grows. */
  monthOfOperation: 12,
  rowsPerFile: 10_000,
  /** Rows that become errors, of all rows. */
  invalidShare: 0.001,
  errorRecordBytes: 1_000,
  transactionBytes: 400,
  /** Of a function that no benchmark measured, beside `waitMilliseconds`. */
  otherCpuMicrosecondsPerRecord: 20,
  /** How long an invocation waits for others than Postgres's ledger, such as S3 and the brokers. */
  waitMilliseconds: 150,
  /** AWS's lines of an invocation, and our own. */
  logBytesPerInvocation: 1_000,
  accessLogBytesPerRequest: 400,
  brokerLogBytesPerDay: 5_000_000,
  /** 20 interfaces with 50 connections each in ten minutes; and what the internet tries at NAT gateways. */
  flowLogBytesPerDay: 20_000_000,
  rejectedFlowLogBytesPerDay: 2_000_000,
  /** A Prometheus asks both pages of metrics this often. */
  scrapeSeconds: 60,
  /** Through all NAT gateways: secrets, queues, Slack, the API of CloudWatch. */
  natBytesPerMonth: 2 * 1024 ** 3,
  /** Brokers and clients are in three zones. */
  shareBetweenZones: 2 / 3,
  /** Until the daily workflow finds its day complete. */
  dayWaitSeconds: 7_200,
  dayPollSeconds: 60,
  /** Glue's start of a job on each worker, and a training. */
  sparkStartSeconds: 60,
  trainingSeconds: 300,
  /** Bytes of an object that `tidy-observations` has merged. */
  mergedObjectBytes: 4 * 1024 ** 2,
} as const;
