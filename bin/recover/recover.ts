import { archives, countRowsFrom, cutObject, listObjects, removeObjects } from './batch-objects.ts';
import { type Consumers, switchMappings } from './mappings.ts';
import { findUnknown, type ToAnnounce } from './notices.ts';
import { type BatchObject, planObjects, planResumes, type Resume } from './plan.ts';
import { activeGroups, readPositions, resumeAt, sourcesOf, waitUntilIdle } from './positions.ts';
import { endLakeReads, leaveOutIds, writtenUntil } from './restored-database.ts';
import type { OpenStage } from './stage.ts';

/** How far a recovery is, by what is disabled. */
type Phase =
  /** Functions may write to the database: nothing can be restored. */
  | 'running'
  /** No consumer runs, and nothing else moves their ledgers. */
  | 'paused'
  /** The consumers run from the restored ledger. Discarded batches wait. */
  | 'replaying';

export function phaseOf({ ofTopics, settler }: Consumers): Phase {
  if (settler.isEnabled) return 'running';
  if (ofTopics.every(({ isEnabled }) => isEnabled)) return 'replaying';
  return ofTopics.some(({ isEnabled }) => isEnabled) ? 'running' : 'paused';
}

/** Why a recovery cannot begin while functions run. */
export function whyNot({ ofTopics, settler }: Consumers): string {
  const running = [...ofTopics, settler].filter(({ isEnabled }) => isEnabled).map(({ folder }) => folder);
  const stopped = ofTopics.filter(({ isEnabled }) => !isEnabled).map(({ folder }) => folder);
  // A recovery starts the consumers before the settler, and a pause stops the settler last.
  const interrupted =
    settler.isEnabled || stopped.length === 0
      ? ''
      : ` If it was a recovery that ended while it started them (${stopped.join(', ')} did not start), they run from the ` +
        'right place: pause, and recover without a restore.';
  return (
    `These functions run: ${running.join(', ')}. On a restored database, a consumer passes over all records that the ` +
    'lost database knew, and they stay lost. Stop them with `npm run recover -- --pause`, restore the database (again, if ' +
    `they have run since), and recover.${interrupted} Nothing was changed.`
  );
}

/** Disables the consumers, and returns when none of their functions has a batch in hand. */
export async function pause({ lambda, stage, admin }: OpenStage, consumers: Consumers): Promise<void> {
  await switchMappings(lambda, stage, [...consumers.ofTopics, consumers.settler], 'Disabled');
  await waitUntilIdle(admin, sourcesOf(consumers.ofTopics));
}

export interface Plan {
  readonly resumes: readonly Resume[];
  /** Objects whose records will be written again. */
  readonly remove: readonly BatchObject[];
  /** Merged objects with rows that will be written again, and the offset of the first. */
  readonly cut: readonly { readonly object: BatchObject; readonly at: number; readonly rows: number }[];
  readonly announce: readonly ToAnnounce[];
}

const readsAtOnce = 8;

/** Compares the restored database with the brokers and the lake. It changes nothing. */
export async function planRecovery(open: OpenStage, consumers: Consumers): Promise<Plan> {
  const { admin, database, s3, lake } = open;
  const sources = sourcesOf(consumers.ofTopics);
  const active = await activeGroups(admin, sources);
  if (active.length > 0)
    throw new Error(`Somebody still consumes as ${active.join(', ')}. Stop that, and run it again.`);
  const resumes = planResumes(await readPositions(admin, database, sources, open.epochs));
  const writtenUntilMs = await writtenUntil(database);
  const remove: BatchObject[] = [];
  const cut: { object: BatchObject; at: number; rows: number }[] = [];
  for (const archive of archives) {
    const ofGroup = resumes.filter(({ group }) => group === archive.group);
    const plan = planObjects(await listObjects(s3, lake, archive), ofGroup, writtenUntilMs);
    remove.push(...plan.remove);
    if (archive.group !== 'land-observations') continue; // nobody merges the others
    for (let from = 0; from < plan.examine.length; from += readsAtOnce) {
      const counted = plan.examine.slice(from, from + readsAtOnce).map(async (object) => {
        const at = ofGroup.find(({ partition }) => partition === object.partition)?.offset ?? 0;
        return { object, at, rows: await countRowsFrom(s3, lake, object, at) };
      });
      cut.push(...(await Promise.all(counted)).filter(({ rows }) => rows > 0));
    }
  }
  return { resumes, remove, cut, announce: await findUnknown(s3, lake, database, Date.now()) };
}

/**
 * Takes brokers and lake back to the restored ledger, and starts the consumers. It can be run again after a
 * crash at any point: the consumers start last.
 */
export async function carryOut(open: OpenStage, consumers: Consumers, plan: Plan): Promise<void> {
  const { admin, database, lambda, s3, lake, stage } = open;
  await leaveOutIds(database);
  await endLakeReads(database);
  for (const { object, at } of plan.cut) {
    const { key, date } = object;
    await cutObject(s3, lake, database, { key, date, offset: at });
  }
  await removeObjects(s3, lake, plan.remove);
  await resumeAt(admin, plan.resumes);
  await switchMappings(lambda, stage, consumers.ofTopics, 'Enabled');
}
