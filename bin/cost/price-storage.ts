import { assumptions } from './assumptions.ts';
import { consumerRuns, filesPerSecond, folderOf, isKafkaMapping } from './functions.ts';
import type { Load } from './load.ts';
import { measured } from './measured.ts';
import { type Located, type Plant, referenceIn } from './plant.ts';
import { type PriceName, priceNamed } from './prices.ts';
import type { Context, Quantity, Step } from './quantity.ts';
import { daysPerMonth, gbOf, hoursPerMonth, secondsPerMonth } from './units.ts';

/** Instances by the hour, with their storage. A standby costs as much again. */
export function priceDatabase({ id, properties }: Located, { plant, load }: Context): Quantity[] {
  const { DBInstanceClass: type, MultiAZ, AllocatedStorage, MaxAllocatedStorage } = properties;
  const instances = MultiAZ ? 2 : 1;
  const rds = { service: 'RDS', step: 'database' } as const;
  return [
    {
      ...rds,
      item: `${type}${MultiAZ ? ' in two zones' : ''}`,
      price: priceNamed(type, id),
      amount: instances * hoursPerMonth,
    },
    {
      ...rds,
      item: 'storage',
      price: 'db-storage',
      amount:
        instances *
        Math.max(
          Number(AllocatedStorage),
          // RDS adds storage when less than a tenth is free.
          Math.min(Number(MaxAllocatedStorage ?? AllocatedStorage), gbOf(recentRowBytes(plant, load)) / 0.9),
        ),
    },
  ];
}

/** What landing keeps for SQL and charts. Other tables stay small. */
function recentRowBytes(plant: Plant, { recordsPerSecond }: Load): number {
  const land = plant.ofType('AWS::Lambda::Function').find((each) => folderOf(each) === 'land-observations');
  const days = Number(land?.properties.Environment?.Variables?.KEEP_OBSERVATION_DAYS ?? 0);
  return recordsPerSecond * days * 86_400 * measured.recentRowBytes;
}

interface StoredPrefix {
  readonly prefix: string;
  readonly step: Step;
  readonly item: string;
  readonly bytesPerSecond: number;
  readonly objectsPerSecond: number;
}

/** What lies in the lake in the month of operation, by prefix and storage class, and its requests. */
export function priceBucket({ properties }: Located, { plant, load }: Context): Quantity[] {
  const { recordsPerSecond } = load;
  const landing = landingOf(plant, load);
  const files = filesPerSecond(load);
  const prefixes: readonly StoredPrefix[] = [
    {
      prefix: 'incoming/',
      step: 'ingest',
      item: 'dropped files',
      bytesPerSecond: recordsPerSecond * measured.fileRowBytes,
      objectsPerSecond: files,
    },
    {
      prefix: 'raw/observations/',
      step: 'land',
      item: 'raw Parquet',
      bytesPerSecond: recordsPerSecond * measured.rawRowBytes,
      objectsPerSecond: (recordsPerSecond * measured.rawRowBytes) / assumptions.mergedObjectBytes,
    },
    {
      prefix: 'curated/observations/',
      step: 'daily summary',
      item: 'curated Parquet',
      bytesPerSecond: recordsPerSecond * measured.curatedRowBytes,
      objectsPerSecond: recordsPerSecond / 5e6,
    },
  ];
  const rules: readonly LifecycleRule[] = properties.LifecycleConfiguration?.Rules ?? [];
  const requests = (step: Step, item: string, price: PriceName, perSecond: number): Quantity => ({
    service: 'S3',
    step,
    item,
    price,
    amount: perSecond * secondsPerMonth,
  });
  return [
    ...prefixes.flatMap((each) => storedUnder(each, rules)),
    ...noncurrent(properties, rules, recordsPerSecond),
    requests('ingest', 'requests', 's3-put', files),
    requests('ingest', 'requests', 's3-get', files),
    // Landing reads the key before it writes, so that an attempt after a failure sees its object.
    requests('land', 'requests', 's3-put', landing.objectsPerSecond),
    requests('land', 'requests', 's3-get', 2 * landing.objectsPerSecond),
  ];
}

/** Each batch of landing makes an object for each partition that it has records of. */
function landingOf(plant: Plant, load: Load): { readonly objectsPerSecond: number } {
  const land = plant.ofType('AWS::Lambda::Function').find((each) => folderOf(each) === 'land-observations');
  const mapping = plant
    .ofType('AWS::Lambda::EventSourceMapping')
    .find((each) => isKafkaMapping(each) && referenceIn(each.properties.FunctionName) === land?.id);
  if (land === undefined || mapping === undefined) return { objectsPerSecond: 0 };
  const { invocationsPerSecond, recordsPerInvocation, pollers } = consumerRuns(land, mapping, load);
  const partitions = plant.topics.find(({ name }) => name === mapping.properties.Topics[0])?.partitions ?? 1;
  return {
    objectsPerSecond: invocationsPerSecond * Math.min(recordsPerInvocation, partitions / pollers),
  };
}

export interface LifecycleRule {
  readonly Prefix?: string;
  readonly ExpirationInDays?: number;
  readonly Transitions?: readonly { readonly StorageClass: string; readonly TransitionInDays: number }[];
  readonly NoncurrentVersionExpiration?: { readonly NoncurrentDays: number };
}

const classes: Readonly<Record<string, { readonly stored: PriceName; readonly moved: PriceName }>> = {
  STANDARD_IA: { stored: 's3-infrequent', moved: 's3-transition' },
  GLACIER_IR: { stored: 's3-glacier-instant', moved: 's3-transition-glacier-instant' },
};

function storedUnder(each: StoredPrefix, rules: readonly LifecycleRule[]): Quantity[] {
  const s3 = { service: 'S3', step: each.step, item: each.item } as const;
  const rule = rules.find(({ Prefix = '' }) => Prefix !== '' && each.prefix.startsWith(Prefix));
  const moves = rule?.Transitions ?? [];
  return [
    ...daysByClass(rule, assumptions.monthOfOperation * daysPerMonth).map(
      ({ storageClass, days }): Quantity => ({
        ...s3,
        price: storageClass === 'STANDARD' ? 's3-standard' : classOf(storageClass).stored,
        amount: gbOf(each.bytesPerSecond * 86_400 * days),
      }),
    ),
    ...moves.map(
      ({ StorageClass }): Quantity => ({
        ...s3,
        price: classOf(StorageClass).moved,
        amount: each.objectsPerSecond * secondsPerMonth,
      }),
    ),
  ];
}

function classOf(name: string) {
  const found = classes[name];
  if (found === undefined)
    throw new Error(`No price is known for the storage class ${name}: see bin/cost/price-storage.ts.`);
  return found;
}

/** How many of the last `days` days are in each storage class. */
export function daysByClass(
  rule: LifecycleRule | undefined,
  days: number,
): { readonly storageClass: string; readonly days: number }[] {
  const end = Math.min(days, rule?.ExpirationInDays ?? Number.POSITIVE_INFINITY);
  const stages = [
    { storageClass: 'STANDARD', from: 0 },
    ...(rule?.Transitions ?? []).map(({ StorageClass, TransitionInDays }) => ({
      storageClass: StorageClass,
      from: TransitionInDays,
    })),
  ].sort((one, other) => one.from - other.from);
  return stages.map(({ storageClass, from }, place) => ({
    storageClass,
    days: Math.max(0, Math.min(end, stages[place + 1]?.from ?? end) - from),
  }));
}

/** Versions that merging and expiry leave behind in a versioned bucket. */
function noncurrent(
  { VersioningConfiguration }: Located['properties'],
  rules: readonly LifecycleRule[],
  recordsPerSecond: number,
): Quantity[] {
  const days = rules.find((rule) => rule.NoncurrentVersionExpiration)?.NoncurrentVersionExpiration
    ?.NoncurrentDays;
  if (VersioningConfiguration?.Status !== 'Enabled' || days === undefined) return [];
  const replaced = (step: Step, item: string, rowBytes: number): Quantity => ({
    service: 'S3',
    step,
    item,
    price: 's3-standard',
    amount: gbOf(recordsPerSecond * rowBytes * 86_400 * days),
  });
  return [
    replaced('ingest', 'old versions of files', measured.fileRowBytes),
    replaced('land', 'old versions of merged objects', measured.rawRowBytes),
  ];
}
