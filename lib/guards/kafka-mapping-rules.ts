import type { KafkaApp, KafkaMapping } from './kafka-mapping.ts';
import { missingRights } from './kafka-rights.ts';

export interface Rule {
  readonly id: string;
  /** Where AWS states it. */
  readonly page: string;
  /** @returns what is wrong and how to mend it, a sentence or two for each fault */
  readonly faults: (mapping: KafkaMapping, app: KafkaApp) => readonly string[];
}

const guide = 'https://docs.aws.amazon.com/lambda/latest/dg';

/**
 * What Lambda refuses in the middle of a deploy, or takes and then loses records or money by; the CDK's
 * library checks none of it.
 */
export const kafkaMappingRules: readonly Rule[] = [
  // The page lists all four under provisioned mode, for MSK and self-managed Kafka alike.
  {
    id: 'provisioned-pollers',
    page: `${guide}/kafka-retry-configurations.html`,
    faults: needsProvisionedPollers,
  },
  {
    id: 'provisioned-destination',
    page: `${guide}/kafka-on-failure-destination.html`,
    faults: destinationNeedsProvisionedPollers,
  },
  { id: 'destination-loop', page: `${guide}/kafka-on-failure-destination.html`, faults: destinationIsSource },
  { id: 'starting-position', page: `${guide}/kafka-starting-positions.html`, faults: startsAtLatest },
  { id: 'function-timeout', page: `${guide}/with-msk-configure.html`, faults: functionRunsTooLong },
  { id: 'batch-size', page: `${guide}/msk-esm-parameters.html`, faults: batchOutOfRange },
  {
    id: 'kafka-rights',
    page: 'https://docs.aws.amazon.com/msk/latest/developerguide/kafka-actions.html',
    faults: lacksRights,
  },
  { id: 'poller-group', page: `${guide}/msk-esm-parameters.html`, faults: sharesNoPollers },
];

function needsProvisionedPollers({ provisioned, properties }: KafkaMapping): string[] {
  const {
    BisectBatchOnFunctionError,
    MaximumRetryAttempts,
    MaximumRecordAgeInSeconds,
    FunctionResponseTypes,
  } = properties;
  const isLimit = (value: unknown) => typeof value === 'number' && value !== noLimit;
  const set = {
    BisectBatchOnFunctionError: BisectBatchOnFunctionError === true,
    MaximumRetryAttempts: isLimit(MaximumRetryAttempts),
    MaximumRecordAgeInSeconds: isLimit(MaximumRecordAgeInSeconds),
    FunctionResponseTypes: Array.isArray(FunctionResponseTypes) && FunctionResponseTypes.length > 0,
  };
  return Object.entries(set)
    .filter(([, isSet]) => isSet && !provisioned)
    .map(
      ([property]) =>
        `${property} takes provisioned pollers, and this mapping has none. Set ProvisionedPollerConfig, or leave ${property} out.`,
    );
}

const noLimit = -1;

function destinationNeedsProvisionedPollers({ provisioned, destinationTopic }: KafkaMapping): string[] {
  if (provisioned || destinationTopic === undefined) return [];
  return [
    `The topic ${destinationTopic} as on-failure destination takes provisioned pollers, and this mapping has none. Set ProvisionedPollerConfig, or send failures to SQS, SNS or S3.`,
  ];
}

/**
 * Lambda refuses a loop within one mapping only. One through another mapping runs until the topic's records
 * expire.
 */
function destinationIsSource({ cluster, destinationTopic }: KafkaMapping, { mappings }: KafkaApp): string[] {
  return mappings
    .filter((other) => other.cluster === cluster && other.topics.some((topic) => topic === destinationTopic))
    .map(
      ({ path }) =>
        `The on-failure destination ${destinationTopic} is a source topic of ${path}, so a failure comes back as a record. Send failures to a topic that no mapping reads.`,
    );
}

function startsAtLatest({ properties }: KafkaMapping): string[] {
  if (properties.StartingPosition !== 'LATEST') return [];
  return [
    'LATEST loses the records that arrive during the minutes in which the mapping is created or updated. Start at TRIM_HORIZON or AT_TIMESTAMP.',
  ];
}

function functionRunsTooLong({ lambda }: KafkaMapping): string[] {
  const timeoutS = lambda?.properties.Timeout;
  if (typeof timeoutS !== 'number' || timeoutS <= maximumTimeoutS) return [];
  return [
    `The function ${lambda?.path} may run for ${timeoutS} s, and behind Kafka the most is ${maximumTimeoutS} s (14 minutes). Lower its timeout.`,
  ];
}

const maximumTimeoutS = 14 * 60;

function batchOutOfRange({ properties: { BatchSize: size } }: KafkaMapping): string[] {
  if (typeof size !== 'number' || (size >= 1 && size <= maximumBatchSize)) return [];
  return [
    `BatchSize is ${size}, and a batch holds 1 to ${maximumBatchSize} records. Set it within that range.`,
  ];
}

const maximumBatchSize = 10_000;

function lacksRights(mapping: KafkaMapping, app: KafkaApp): string[] {
  return missingRights(mapping, app).map(
    ({ action, arn }) =>
      `The role of ${mapping.lambda?.path} lacks ${action} on ${arn}, which Lambda's pollers need where clients sign in with IAM. Allow it on the function's role.`,
  );
}

/** A mapping outside a group pays for event poller units of its own. */
function sharesNoPollers(mapping: KafkaMapping, { mappings }: KafkaApp): string[] {
  const { provisioned, cluster, pollerGroup, path } = mapping;
  const others = mappings.filter(
    (other) => provisioned && other.provisioned && other.cluster === cluster && other.path !== path,
  );
  if (
    others.length === 0 ||
    (pollerGroup !== undefined && others.some((other) => other.pollerGroup === pollerGroup))
  )
    return [];
  return [
    `${others.length + 1} mappings with provisioned pollers read this cluster, and this one shares its pollers with none of them, so it pays for its own. Give them one ProvisionedPollerConfig.PollerGroupName.`,
  ];
}
