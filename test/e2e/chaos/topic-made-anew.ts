import { auditLanding, type PartitionAudit } from '../../../bin/audit/audit-landing.ts';
import { landing, localTarget, openTarget as openAudit } from '../../../bin/audit/target.ts';
import { keyInSource, sourceId } from '../../../lambdas/shared/kafka/source.ts';
import { topics } from '../../../lambdas/shared/kafka/topics.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { openIncoming } from '../../../localstack/run/incoming.ts';
import { type Comparison, compare } from './compare.ts';
import { knownFiles } from './known-files.ts';
import { observe } from './observed.ts';
import type { Target } from './target.ts';

const consumers = ['land-observations', 'watch-weather'];

/**
 * Deletes `weather-data` and makes it anew, as somebody might by mistake, and drops a file. The consumers
 * must stop, and count nothing as seen. Then its epoch is raised: the file must land, once, beside the rows
 * of the old topic. Everything else is done before.
 */
export async function makeTopicAnew(
  target: Target,
  { endpoints, seed, rowsPerFile }: { endpoints: Endpoints; seed: number; rowsPerFile: number },
  drained: (source: string) => Promise<void>,
): Promise<Comparison[]> {
  const before = await ledgerOf(target);
  const errorsBefore = await target.invokeErrors(consumers);
  await target.whileDisabled(consumers, () => target.remakeTopic(topics.weatherData));
  const file = await dropFile({ endpoints, seed: seed + 1, rowsPerFile });
  const stopped = await target.untilInvokesFail(consumers, errorsBefore);
  const causes = await Promise.all(
    consumers.map(async (folder) => `${folder}: ${await target.errorOf(folder, topics.weatherData)}`),
  );
  const during = await ledgerOf(target);

  await target.raiseEpoch(topics.weatherData);
  await drained(file.source);
  const { landed } = await observe(endpoints);
  return [
    compare('consumers that stop at a topic made anew', consumers, stopped),
    compare(
      'their errors',
      consumers.map((folder) => `${folder}: TopicMadeAnew`),
      causes,
    ),
    compare('the ledger while they stop', before, during),
    compare(
      'rows of the topic made anew in the lake',
      file.validLines.map((line) => `${file.source}:${line}`),
      landed.flatMap(({ row }) => (row?.startsWith(`${file.source}:`) ? [row] : [])),
    ),
    ...(await auditBoth(endpoints)),
  ];
}

async function ledgerOf({ withDatabase }: Target): Promise<string[]> {
  const rows = await withDatabase((query) =>
    query<{ id: string }>(
      `select concat_ws(' ', consumer, topic, partition, next_offset) as id
         from applied_offsets where consumer = any ($1)`,
      [consumers],
    ),
  );
  return rows.map(({ id }) => id);
}

async function dropFile(options: { endpoints: Endpoints; seed: number; rowsPerFile: number }) {
  const incoming = openIncoming(options.endpoints);
  try {
    for await (const { name, ...file } of knownFiles(options)) {
      const dropped = await incoming.drop({ ...file, name: `anew-${name}` });
      return { ...file, key: keyInSource(dropped) ?? '', source: sourceId(dropped) };
    }
    throw new Error('there are no files');
  } finally {
    incoming.close();
  }
}

/** No partition of either generation may have a finding. */
async function auditBoth(endpoints: Endpoints): Promise<Comparison[]> {
  const audited = await openAudit(localTarget(endpoints));
  try {
    const { partitions } = await auditLanding(landing.topic, landing.consumer, await audited.generations());
    const nameOf = ({ partition, generation }: PartitionAudit) => `${partition} @${generation}`;
    const clean = partitions.filter(({ findings }) => findings === 0);
    const generations = new Set(partitions.map(({ generation }) => `generation ${generation}`));
    return [
      compare('generations in the audit', ['generation 0', 'generation 1'], generations),
      compare('partitions that the audit finds clean', partitions.map(nameOf), clean.map(nameOf)),
    ];
  } finally {
    await audited.close();
  }
}
