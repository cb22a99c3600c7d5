import { assumptions } from './assumptions.ts';
import { batchesPerSecond, pollersFor, recordsOfBatch } from './batches.ts';
import { flowOf, type Load } from './load.ts';
import { measured } from './measured.ts';
import { type Located, type Plant, referenceIn } from './plant.ts';
import { runsPerMonth } from './schedule.ts';
import { secondsPerMonth } from './units.ts';
import { workflowRuns } from './workflow-runs.ts';

export interface FunctionRuns {
  readonly invocationsPerMonth: number;
  readonly secondsPerInvocation: number;
}

/** With this memory, Lambda gives a function one whole CPU. */
const oneCpuMb = 1_769;

/** The name of the function's folder in lambdas/: its own name without project and stage. */
export const folderOf = ({ properties: { FunctionName: name } }: Located): string | undefined =>
  /^isobar-[a-z\d]+-(.+)$/.exec(name ?? '')?.[1];

export const isKafkaMapping = ({ properties }: Located): boolean => properties.Topics !== undefined;

/** How often a function runs in a month, and how long. */
export function functionRuns(lambda: Located, plant: Plant, load: Load): FunctionRuns {
  const own = (type: string) => plant.ofType(type).filter(({ stack }) => stack === lambda.stack);
  const mapping = own('AWS::Lambda::EventSourceMapping').find(
    (each) => isKafkaMapping(each) && referenceIn(each.properties.FunctionName) === lambda.id,
  );
  if (mapping !== undefined) {
    const { invocationsPerSecond, secondsPerInvocation } = consumerRuns(lambda, mapping, load);
    return { invocationsPerMonth: invocationsPerSecond * secondsPerMonth, secondsPerInvocation };
  }
  const scheduled = own('AWS::Events::Rule')
    .filter(({ properties }) =>
      properties.Targets.some(({ Arn }: { Arn: unknown }) => referenceIn(Arn) === lambda.id),
    )
    .map(({ properties }) =>
      properties.ScheduleExpression ? runsPerMonth(properties.ScheduleExpression) : 0,
    );
  const byWorkflows = plant.ofType('AWS::StepFunctions::StateMachine').map((machine) => {
    const { executionsPerMonth, invocationsPerExecution } = workflowRuns(machine, plant);
    const times = [...invocationsPerExecution]
      .filter(([target]) => target.includes(lambda.id))
      .reduce((sum, [, count]) => sum + count, 0);
    return executionsPerMonth * times;
  });
  return {
    invocationsPerMonth: [...scheduled, ...byWorkflows, requestsPerMonth(lambda, load)].reduce(
      (sum, runs) => sum + runs,
      0,
    ),
    secondsPerInvocation: secondsOf(lambda, load),
  };
}

/** By requests and by files. */
function requestsPerMonth(lambda: Located, load: Load): number {
  switch (folderOf(lambda)) {
    case 'score-transaction':
      return load.predictionsPerSecond * secondsPerMonth;
    case 'show-metrics':
    case 'show-cloudwatch':
      return secondsPerMonth / assumptions.scrapeSeconds;
    case 'ingest-observations':
      return filesPerSecond(load) * secondsPerMonth;
    default:
      return 0;
  }
}

export const filesPerSecond = ({ recordsPerSecond }: Load): number =>
  recordsPerSecond / assumptions.rowsPerFile;

function secondsOf(lambda: Located, load: Load): number {
  switch (folderOf(lambda)) {
    case 'score-transaction':
      return measured.predictMilliseconds / 1_000;
    case 'ingest-observations':
      return ingestSeconds(lambda.properties.MemorySize);
    case 'tidy-observations':
      return cpuSeconds(lambda, load.recordsPerSecond * 3_600 * tidyMicroseconds) + waitSeconds;
    default:
      return waitSeconds;
  }
}

const waitSeconds = assumptions.waitMilliseconds / 1_000;

/** docs/adr/0023-compaction-of-small-objects.md */
const tidyMicroseconds = 6;

const cpuSeconds = ({ properties: { MemorySize } }: Pick<Located, 'properties'>, microseconds: number) =>
  (microseconds / 1e6) * Math.max(1, oneCpuMb / MemorySize);

const ingestSeconds = (memoryMb: number): number =>
  cpuSeconds(
    { properties: { MemorySize: memoryMb } },
    assumptions.rowsPerFile * measured.ingestCpuMicroseconds,
  ) + waitSeconds;

/** CPU and waiting of a consumer, in µs a record. */
const consumers: Readonly<Record<string, { readonly cpu: number; readonly wait: number }>> = {
  'land-observations': { cpu: measured.landCpuMicroseconds, wait: 0 },
  'watch-weather': { cpu: measured.watchCpuMicroseconds, wait: measured.watchDatabaseMicroseconds },
};

export interface ConsumerRuns {
  readonly invocationsPerSecond: number;
  readonly recordsPerInvocation: number;
  readonly secondsPerInvocation: number;
  readonly pollers: number;
  /** Of the events, which is what a poller moves. */
  readonly bytesPerSecond: number;
}

export function consumerRuns(lambda: Located, { properties }: Located, load: Load): ConsumerRuns {
  const topic: string = properties.Topics[0];
  const { recordsPerSecond, bytesPerRecord } = flowOf(topic, load);
  const isWeather = topic === 'weather-data';
  // Base64 in JSON, with the record's position and headers.
  const eventRecordBytes = isWeather ? measured.eventRecordBytes : bytesPerRecord * (4 / 3) + 240;
  const bytesPerSecond = recordsPerSecond * eventRecordBytes;
  const { MinimumPollers: minimum, MaximumPollers: maximum } = properties.ProvisionedPollerConfig;
  const pollers = pollersFor(bytesPerSecond, { minimum, maximum });
  const batchRecords = recordsOfBatch(properties.BatchSize, eventRecordBytes);
  const { cpu, wait } = consumers[folderOf(lambda) ?? ''] ?? {
    cpu: assumptions.otherCpuMicrosecondsPerRecord,
    wait: 0,
  };
  const secondsFor = (records: number) =>
    (measured.ledgerMilliseconds + assumptions.waitMilliseconds) / 1_000 +
    (records * wait) / 1e6 +
    cpuSeconds(lambda, records * cpu);
  const invocationsPerSecond = batchesPerSecond({
    recordsPerSecond,
    ...(isWeather
      ? { burstRecords: assumptions.rowsPerFile, burstSeconds: ingestSeconds(512) }
      : { burstRecords: 1, burstSeconds: 0 }),
    batchRecords,
    windowSeconds: properties.MaximumBatchingWindowInSeconds ?? 0.5,
    secondsPerInvocation: secondsFor(0),
    pollers,
  });
  const recordsPerInvocation = invocationsPerSecond === 0 ? 0 : recordsPerSecond / invocationsPerSecond;
  return {
    invocationsPerSecond,
    recordsPerInvocation,
    secondsPerInvocation: secondsFor(recordsPerInvocation),
    pollers,
    bytesPerSecond,
  };
}
