import type { CloudWatchTargets } from '../../shared/metrics/cloudwatch-metrics.ts';

const kinds = [
  'functions',
  'queues',
  'machines',
  'apis',
  'jobs',
  'workGroups',
  'databases',
  'buckets',
  'clusters',
  'groups',
] as const satisfies readonly (keyof CloudWatchTargets)[];

/** Reads what the deploy wrote. Throws when a kind of resource is missing: none is left out silently. */
export function parseTargets(text: string): CloudWatchTargets {
  const targets: CloudWatchTargets = JSON.parse(text);
  const missing = kinds.filter((kind) => !Array.isArray(targets[kind]));
  if (missing.length > 0) throw new Error(`no list of ${missing.join(', ')}`);
  if (typeof targets.account?.id !== 'string') throw new Error('no account');
  if (!Number.isInteger(targets.brokers)) throw new Error('no number of brokers');
  return targets;
}
