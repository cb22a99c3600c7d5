import type { TopicGeneration } from '../../lambdas/shared/kafka/topic-generations.ts';
import type { Database } from '../../lambdas/shared/postgres/database.ts';

type Tables = Pick<Database, 'query'>;

/** Some time at which the database was written before the snapshot. Undefined when it has never been. */
export async function writtenUntil({ query }: Tables): Promise<number | undefined> {
  const [row] = await query<{ at: Date | null }>(
    `select greatest((select max(ran_at) from job_runs),
                     (select max(read_at) from ingested_files),
                     (select stored_at from error_weather_data order by id desc limit 1)) as at`,
  );
  return row?.at?.getTime();
}

/** More than any time between snapshot and restore has errors. */
const idsLeftOut = 10_000_000;

/**
 * Gives new errors ids that no error had before the restore. The id is the identity of a redriven record: a
 * record with the id of another one that was redriven after the snapshot would count as its copy.
 */
export async function leaveOutIds({ query }: Tables): Promise<void> {
  await query(
    `select setval(s.ids, (coalesce(pg_sequence_last_value(s.ids), 0) / ${idsLeftOut} + 1) * ${idsLeftOut})
       from (select pg_get_serial_sequence('error_weather_data', 'id')::regclass as ids) s`,
  );
}

/** Frees the objects that daily runs of the time of the snapshot were reading. None runs now. */
export async function endLakeReads({ query }: Tables): Promise<void> {
  await query('delete from lake_reads');
}

/**
 * The generation of a topic to which its offsets belong: now, and in the snapshot.
 * @throws Error when the topic was made anew, or its cluster replaced, after the snapshot
 */
export async function generationOf(
  { query }: Tables,
  { cluster, topic, epoch }: { readonly cluster: string; readonly topic: string; readonly epoch: number },
): Promise<TopicGeneration> {
  const [newest] = await query<{ generation: number; is_deployed: boolean }>(
    `select generation, cluster = $2 and epoch = $3 as is_deployed
       from topic_generations where topic = $1 order by used_at desc limit 1`,
    [topic, cluster, epoch],
  );
  if (newest && !newest.is_deployed)
    throw new Error(
      `${topic} was made anew, or its cluster replaced, after the snapshot: the restored ledger has no offsets of ` +
        'the topic that is there now. Restore a newer snapshot. Nothing was changed.',
    );
  // Without a row, the snapshot is of a release that knew one generation.
  return { topic, generation: newest?.generation ?? 0 };
}

/** Says why a dry run cannot log in: the passwords of a snapshot are older than the secrets. */
export const explainDryRun = (cause: unknown): unknown =>
  isRefusedLogin(cause)
    ? new Error(
        'The restored database does not know the password of the secret: it is older. A dry run changes nothing, so run ' +
          '`npm run recover`, which sets the passwords, shows the plan and asks',
        { cause },
      )
    : cause;

/** https://www.postgresql.org/docs/18/errcodes-appendix.html */
const isRefusedLogin = (error: unknown): boolean =>
  error instanceof Error &&
  (('code' in error && (error.code === '28P01' || error.code === '28000')) || isRefusedLogin(error.cause));
