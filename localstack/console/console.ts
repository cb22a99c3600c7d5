import { readEndpoints } from '../endpoints.ts';
import { serviceStates } from '../run/service-states.ts';
import type { Answers, Path } from './contract.ts';
import { type Act, type Read, Refused } from './server.ts';
import { sharedRead } from './shared-read.ts';
import { openSources, type Sources } from './sources.ts';
import { readErrors } from './views/errors.ts';
import { readFiles, uploadFile } from './views/files.ts';
import { openPipeline } from './views/pipeline.ts';

/** A page asks every second or two: several pages then share an answer. */
const freshMs = 500;

/** What the server answers about the platform of `stateDir`. */
export function openConsole(stateDir: string) {
  let opening: Promise<Opened> | undefined;

  /** @throws Refused while the platform is not ready */
  const opened = (): Promise<Opened> => {
    const endpoints = readEndpoints(stateDir);
    if (!endpoints?.lakeBucket)
      throw new Refused(503, 'The platform is starting. This page continues when it is ready.', {
        starting: true,
      });
    opening ??= openSources(endpoints)
      .then(openViews)
      .catch((error) => {
        opening = undefined; // the next request tries again
        throw error;
      });
    return opening;
  };

  const reads = {
    '/api/services': sharedRead(async () => ({ services: await serviceStates(stateDir) }), freshMs),
    '/api/pipeline': async () => (await opened()).pipeline(),
    '/api/files': async (query) => (await opened()).files(query),
    '/api/errors': async (query) => readErrors((await opened()).sources, query),
  } satisfies { [Each in Path]: (query: URLSearchParams) => Promise<Answers[Each]> };
  const acts = {
    '/api/files': async (query, request) => uploadFile((await opened()).sources, query, request),
  } satisfies Record<string, Act>;

  return {
    reads: reads as Readonly<Record<string, Read>>,
    acts: acts as Readonly<Record<string, Act>>,
    close: async () => (await opening)?.sources.close(),
  };
}

type Opened = ReturnType<typeof openViews>;

const openViews = (sources: Sources) => ({
  sources,
  pipeline: sharedRead(openPipeline(sources), freshMs),
  files: (
    (lag) => (query: URLSearchParams) =>
      readFiles(sources, lag, query)
  )(sharedRead(sources.counter.lag, freshMs)),
});
