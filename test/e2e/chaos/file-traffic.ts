import { setTimeout as delay } from 'node:timers/promises';
import { keyInSource, sourceId } from '../../../lambdas/shared/kafka/source.ts';
import type { Endpoints } from '../../../localstack/endpoints.ts';
import { chance } from '../../../localstack/generator/random.ts';
import { openIncoming } from '../../../localstack/run/incoming.ts';
import type { Traffic } from './fault.ts';
import { type DroppedFile, knownFiles } from './known-files.ts';

interface FileTraffic extends Traffic {
  /** Stops, and returns all dropped files. */
  readonly stop: () => Promise<readonly DroppedFile[]>;
}

/** Drops files at a fixed interval until stopped. */
export function startFiles(options: {
  readonly endpoints: Endpoints;
  readonly seed: number;
  readonly rowsPerFile: number;
  readonly fileEveryMs: number;
}): FileTraffic {
  const { endpoints, seed, rowsPerFile, fileEveryMs } = options;
  const incoming = openIncoming(endpoints);
  const stopped = new AbortController();
  const dropped: DroppedFile[] = [];
  const flow = (async () => {
    for await (const file of knownFiles({ seed, rowsPerFile })) {
      if (stopped.signal.aborted) return;
      const source = await incoming.drop(file);
      dropped.push({ ...file, key: keyInSource(source) ?? '', source: sourceId(source) });
      await delay(fileEveryMs, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  flow.catch(() => undefined); // reported by `stop`
  return {
    dropAgain: async () => {
      const file = dropped[Math.floor(chance(seed, dropped.length) * dropped.length)];
      if (file) await incoming.drop(file);
      return file?.name;
    },
    stop: async () => {
      stopped.abort();
      await flow;
      incoming.close();
      return dropped;
    },
  };
}
