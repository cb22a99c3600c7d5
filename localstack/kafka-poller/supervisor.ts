import { pause } from './backoff.ts';
import { type Log, messageOf } from './log.ts';
import type { Mapping } from './mappings.ts';

/**
 * How long until the mappings are listed again. A change must take effect within 5 s, and who changes one
 * mapping often changes another. To LocalStack, a list costs more than all else that an idle poller asks for.
 */
export const refreshMs = (unchangedMs: number): number => (unchangedMs > 60_000 ? 3_000 : 1_000);

type Running = { settings: string; stop: AbortController; ended: Promise<void> };

/**
 * Runs one poller for each enabled mapping that the Lambda API lists. When a mapping changes, its poller is
 * stopped, after its invokes in flight are finished and committed, and a new one is started.
 */
export async function supervise(
  {
    list,
    poll,
    log,
  }: {
    list: () => Promise<Mapping[]>;
    poll: (mapping: Mapping, signal: AbortSignal) => Promise<void>;
    log: Log;
  },
  signal: AbortSignal,
): Promise<void> {
  const running = new Map<string, Running>();
  let reachable = true;
  let listed = '';
  let changedAt = Date.now();

  const reconcile = (mappings: Mapping[]) => {
    const now = JSON.stringify(mappings);
    if (now !== listed) changedAt = Date.now();
    listed = now;
    const wanted = new Map(mappings.map((mapping) => [mapping.uuid, mapping]));
    for (const [uuid, poller] of running) {
      const mapping = wanted.get(uuid);
      if (mapping?.state === 'changing') continue;
      if (mapping?.state !== 'polled' || JSON.stringify(mapping) !== poller.settings) poller.stop.abort();
    }
    for (const mapping of mappings) {
      if (mapping.state !== 'polled' || running.has(mapping.uuid)) continue;
      const stop = new AbortController();
      log('info', 'mapping-started', { mapping: mapping.uuid, function: mapping.functionArn });
      const ended = poll(mapping, stop.signal).finally(() => {
        running.delete(mapping.uuid);
        log('info', 'mapping-stopped', { mapping: mapping.uuid });
      });
      running.set(mapping.uuid, { settings: JSON.stringify(mapping), stop, ended });
    }
  };

  while (!signal.aborted) {
    try {
      reconcile(await list());
      if (!reachable) log('info', 'endpoint-reachable');
      reachable = true;
    } catch (error) {
      if (reachable) log('warn', 'endpoint-unreachable', { error: messageOf(error) });
      changedAt = Date.now();
      reachable = false;
    }
    await pause(refreshMs(Date.now() - changedAt), signal);
  }
  for (const { stop } of running.values()) stop.abort();
  await Promise.all([...running.values()].map(({ ended }) => ended));
}
