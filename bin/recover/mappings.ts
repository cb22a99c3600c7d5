import {
  type LambdaClient,
  paginateListEventSourceMappings,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda';
import { waitFor } from '../../localstack/wait-for.ts';

/** An event source mapping of a function of the stage. */
export interface Mapping {
  readonly uuid: string;
  /** The name of its function without the prefix of the stage. */
  readonly folder: string;
  readonly isEnabled: boolean;
  /** Undefined for a mapping that reads no topic. */
  readonly source: { readonly cluster: string; readonly topic: string; readonly group: string } | undefined;
}

/** Settles batches that Lambda discarded. It moves the ledger of other consumers. */
const settler = 'record-failed-batches';

/** The consumers of topics, and the function that moves their ledger. */
export interface Consumers {
  readonly ofTopics: readonly Mapping[];
  readonly settler: Mapping;
}

/** Waiting for pollers: AWS takes up to a few minutes to stop or start them. */
const deadlineMs = 600_000;

/** @throws Error when the stage has no such mappings */
export async function readConsumers(lambda: LambdaClient, stage: string): Promise<Consumers> {
  const all = await readMappings(lambda, stage);
  const ofTopics = all.filter(({ source }) => source !== undefined);
  const found = all.find(({ folder }) => folder === settler);
  if (ofTopics.length === 0 || found === undefined)
    throw new Error(`Stage ${stage} has no consumers: deploy it first (\`npm run deploy\`).`);
  return { ofTopics, settler: found };
}

async function readMappings(lambda: LambdaClient, stage: string): Promise<Mapping[]> {
  const ofStage = new RegExp(`:function:isobar-${stage}-([a-z-]+)`);
  const mappings: Mapping[] = [];
  for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client: lambda }, {}))
    for (const mapping of EventSourceMappings) {
      const folder = ofStage.exec(mapping.FunctionArn ?? '')?.[1];
      if (folder === undefined) continue;
      const topic = mapping.Topics?.[0];
      const { ConsumerGroupId: group = '' } =
        mapping.AmazonManagedKafkaEventSourceConfig ?? mapping.SelfManagedKafkaEventSourceConfig ?? {};
      mappings.push({
        uuid: mapping.UUID ?? '',
        folder,
        isEnabled: mapping.State !== 'Disabled',
        source:
          topic === undefined
            ? undefined
            : { cluster: mapping.EventSourceArn ?? 'self-managed', topic, group },
      });
    }
  return mappings.sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** Enables or disables mappings, and returns when Lambda has done so. */
export async function switchMappings(
  lambda: LambdaClient,
  stage: string,
  mappings: readonly Mapping[],
  to: 'Enabled' | 'Disabled',
): Promise<void> {
  for (const { uuid, folder } of mappings)
    try {
      const Enabled = to === 'Enabled';
      await lambda.send(new UpdateEventSourceMappingCommand({ UUID: uuid, Enabled }));
    } catch (cause) {
      throw new Error(`Changing the mapping of ${folder} to ${to} failed`, { cause });
    }
  const wanted = new Set(mappings.map(({ uuid }) => uuid));
  const isDone = async () => {
    const now = await readMappings(lambda, stage);
    return now.every(({ uuid, isEnabled }) => !wanted.has(uuid) || isEnabled === (to === 'Enabled'));
  };
  await waitFor(`the mappings to be ${to}`, isDone, { deadlineMs, everyMs: 500 });
}
