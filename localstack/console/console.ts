import { readEndpoints } from '../endpoints.ts';
import { serviceStates } from '../run/service-states.ts';
import { type Answers, modelReportPath, type Path } from './contract.ts';
import { type Act, type Read, type ReadDocument, Refused } from './server.ts';
import { sharedRead } from './shared-read.ts';
import { openSources, type Sources } from './sources.ts';
import { readCharts } from './views/charts.ts';
import { openErrorActions } from './views/error-actions.ts';
import { readErrors } from './views/errors.ts';
import { readFiles, uploadFile } from './views/files.ts';
import { openLake } from './views/lake.ts';
import { predict, readModel } from './views/model.ts';
import { readModelReport } from './views/model-report.ts';
import { openPipeline } from './views/pipeline.ts';
import { readRow } from './views/row.ts';
import { readSlack } from './views/slack.ts';
import { openTopics } from './views/topics.ts';
import { readPlaces, readWeather } from './views/weather.ts';
import { openWorkflows } from './views/workflows.ts';

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
    '/api/error': async (query) => (await opened()).errors.one(query),
    '/api/topics': async () => (await (await opened()).topics()).list(),
    '/api/records': async (query, gone) => (await (await opened()).topics()).records(query, gone),
    '/api/places': async () => readPlaces((await opened()).sources),
    '/api/weather': async (query) => readWeather((await opened()).sources, query),
    '/api/lake': async () => (await opened()).lake.tables(),
    '/api/model': async (query) => readModel((await opened()).sources, query),
    '/api/workflows': async () => (await opened()).workflows.list(),
    '/api/execution': async (query) => (await opened()).workflows.execution(query),
    '/api/slack': async () => readSlack((await opened()).sources),
    '/api/charts': async (query) => readCharts((await opened()).sources, query),
    '/api/row': async (query, gone) => readRow((await opened()).sources, query, gone),
  } satisfies { [Each in Path]: (query: URLSearchParams, gone: AbortSignal) => Promise<Answers[Each]> };
  const documents: Readonly<Record<string, ReadDocument>> = {
    [modelReportPath]: async (query) => readModelReport((await opened()).sources, query),
  };
  const acts = {
    '/api/files': async (query, request) => uploadFile((await opened()).sources, query, request),
    '/api/lake': async (_query, request, gone) => (await opened()).lake.run(request, gone),
    '/api/errors/fix': async (query, request) => (await opened()).errors.fix(query, request),
    '/api/errors/redrive': async (_query, request) => (await opened()).errors.redrive(request),
    '/api/errors/ignore': async (_query, request) => (await opened()).errors.ignore(request),
    '/api/predict': async (_query, request) => predict((await opened()).sources, request),
    '/api/daily': async (_query, request) => (await opened()).workflows.runDay(request),
  } satisfies Record<string, Act>;

  return {
    reads: reads as Readonly<Record<string, Read>>,
    documents,
    acts: acts as Readonly<Record<string, Act>>,
    close: async () => (await opening)?.close(),
  };
}

type Opened = ReturnType<typeof openViews>;

function openViews(sources: Sources) {
  const lag = sharedRead(sources.counter.lag, freshMs);
  const errors = openErrorActions(sources);
  const lake = openLake(sources);
  const workflows = openWorkflows(sources);
  let topics: ReturnType<typeof openTopics> | undefined;
  return {
    sources,
    errors,
    lake,
    workflows,
    pipeline: sharedRead(openPipeline(sources), freshMs),
    files: (query: URLSearchParams) => readFiles(sources, lag, query),
    /** Connects to the brokers when it is first needed, and again after a failure. */
    topics: () => {
      topics ??= openTopics(sources).catch((error) => {
        topics = undefined;
        throw error;
      });
      return topics;
    },
    close: async () => {
      workflows.close();
      await Promise.all([sources.close(), errors.close(), topics?.then(({ close }) => close())]);
    },
  };
}
