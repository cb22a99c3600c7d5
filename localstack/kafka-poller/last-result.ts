import type { Aws } from './aws.ts';

/**
 * Creates the function that sends a mapping's LastProcessingResult to the endpoint when it changes. Only an
 * endpoint with Isobar's LocalStack extension stores it. Other endpoints answer 404, which is ignored.
 */
export function createResultReporter(aws: Aws, uuid: string): (result: string) => void {
  let last = '';
  return (result) => {
    if (result === last) return;
    last = result;
    aws({
      service: 'lambda',
      method: 'PUT',
      path: `/_isobar/event-source-mappings/${uuid}/last-processing-result`,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify({ LastProcessingResult: result })),
    }).catch(() => {
      // The next change sends it again. An unreachable endpoint is logged by the supervisor.
      last = '';
    });
  };
}
