import type { KafkaApp, KafkaMapping } from './kafka-mapping.ts';
import { missingRights } from './kafka-rights.ts';

export interface Rule {
  readonly id: string;
  /** The page on which AWS states the rule. */
  readonly page: string;
  /** @returns what is wrong and how to correct it, in one text for each fault */
  readonly faults: (mapping: KafkaMapping, app: KafkaApp) => readonly string[];
}

const guide = 'https://docs.aws.amazon.com/lambda/latest/dg';

/** Mistakes that fail a deploy in Lambda, or that lose records or money later. The CDK checks none. */
export const kafkaMappingRules: readonly Rule[] = [
  // The page lists all four settings under provisioned mode, for MSK and for self-managed Kafka.
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
        `${property} requires provisioned pollers. Set ProvisionedPollerConfig, or remove ${property}.`,
    );
}

const noLimit = -1;

function destinationNeedsProvisionedPollers({ provisioned, destinationTopic }: KafkaMapping): string[] {
  if (provisioned || destinationTopic === undefined) return [];
  return [
    `A topic as on-failure destination (${destinationTopic}) requires provisioned pollers. ` +
      'Set ProvisionedPollerConfig, or send failures to SQS, SNS or S3.',
  ];
}

/** Lambda refuses a loop within one mapping. A loop through two mappings runs until the records expire. */
function destinationIsSource({ cluster, destinationTopic }: KafkaMapping, { mappings }: KafkaApp): string[] {
  return mappings
    .filter((other) => other.cluster === cluster && other.topics.some((topic) => topic === destinationTopic))
    .map(
      ({ path }) =>
        `${path} reads the on-failure destination ${destinationTopic}, so a failure returns as a record. ` +
        'Send failures to a topic that no mapping reads.',
    );
}

function startsAtLatest({ properties }: KafkaMapping): string[] {
  if (properties.StartingPosition !== 'LATEST') return [];
  return [
    'LATEST loses records that arrive while the mapping is created or updated, which takes minutes. ' +
      'Start at TRIM_HORIZON or AT_TIMESTAMP.',
  ];
}

function functionRunsTooLong({ lambda }: KafkaMapping): string[] {
  const timeoutS = lambda?.properties.Timeout;
  if (typeof timeoutS !== 'number' || timeoutS <= maximumTimeoutS) return [];
  return [
    `The timeout of ${lambda?.path} is ${timeoutS} s. ` +
      `With Kafka the maximum is ${maximumTimeoutS} s (14 minutes). Lower the timeout.`,
  ];
}

const maximumTimeoutS = 14 * 60;

function batchOutOfRange({ properties: { BatchSize: size } }: KafkaMapping): string[] {
  if (typeof size !== 'number' || (size >= 1 && size <= maximumBatchSize)) return [];
  return [`BatchSize is ${size}. It must be from 1 to ${maximumBatchSize}.`];
}

const maximumBatchSize = 10_000;

function lacksRights(mapping: KafkaMapping, app: KafkaApp): string[] {
  return missingRights(mapping, app).map(
    ({ action, arn }) =>
      `The role of ${mapping.lambda?.path} lacks ${action} on ${arn}, ` +
      "which Lambda's pollers need on a cluster with IAM authentication. Add the right to the role.",
  );
}

/** Mappings outside of a common group pay for separate event poller units. */
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
    `${others.length + 1} mappings with provisioned pollers read this cluster, but this one shares no ` +
      'poller group with the others and pays separately. ' +
      'Give them the same ProvisionedPollerConfig.PollerGroupName.',
  ];
}
