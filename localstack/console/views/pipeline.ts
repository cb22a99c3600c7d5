import { ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda';
import { counters } from '../../../lambdas/shared/metrics/metrics.ts';
import type { Pipeline } from '../contract.ts';
import { sharedRead } from '../shared-read.ts';
import type { Sources } from '../sources.ts';
import { openHistory } from './history.ts';
import { type Mapping, type Reading, stagesOf, type Totals } from './stages.ts';

/** One statement, so that all counts are from the same moment. */
const countTotals = `
  select opened.*, overdue.*, redriven.*, unwatched.*, watched.*, days.*, fraud.*
    from (select coalesce(sum(errors), 0)::float8 as "openErrors" from open_error_counts) opened,
         -- Slack is told of errors of a type once a minute, and of several types together: see error-digest.ts.
         (select count(*)::float8 as "overdueErrors" from error_weather_data
           where not slack_sent and slack_given_up_at is null and stored_at < now() - interval '2 minutes') overdue,
         (select count(*)::float8 as "redrivenRows" from error_weather_data
           where processing_status = 'REDRIVEN' and failed_in is null and topic is distinct from 'transactions') redriven,
         (select count(*)::float8 as "unwatchedRows" from error_weather_data
           where failed_in = 'watch-weather' and processing_status <> 'REDRIVEN') unwatched,
         (select coalesce(sum(value), 0)::float8 as watched
            from metric_counters where name = '${counters.weatherObservations.name}') watched,
         (select count(*)::float8 as "publishedDays" from published_days) days,
         (select coalesce(sum(value), 0)::float8 as monitored,
                 coalesce(sum(value) filter (where labels ->> 'outcome' = 'fraud'), 0)::float8 as frauds
            from metric_counters where name = '${counters.fraudTransactions.name}') fraud`;

/** The state of the pipeline, and its rates since it was first asked for. */
export function openPipeline({ counter, query, lambda }: Sources): () => Promise<Pipeline> {
  const history = openHistory();

  const readMappings = sharedRead(async () => {
    const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({}));
    return EventSourceMappings.map(
      ({ FunctionArn = '', State = '', LastProcessingResult = '' }): Mapping => ({
        functionName: FunctionArn.split(':').at(6) ?? '',
        state: State,
        lastResult: LastProcessingResult,
      }),
    );
  }, 3_000);

  return async () => {
    // Read before the stores: a count of a later stage is then never lower than it must be.
    const produced = await counter.produced();
    const [workload, [totals], mappings, watchedHour] = await Promise.all([
      counter.workload([]),
      query<Totals>(countTotals),
      readMappings(),
      counter.watchedHour(),
    ]);
    if (!totals) throw new Error('Postgres returned no counts');
    const reading: Reading = { produced, workload, totals, mappings };
    const atMs = Date.now();
    const perSecond = history.add({ atMs, reading });
    return { atMs, stages: stagesOf(reading, perSecond), rates: history.rates(), watchedHour };
  };
}
