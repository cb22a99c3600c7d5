import type { Aws } from './aws.ts';

/**
 * Tells the endpoint a mapping's LastProcessingResult when it changes. Only an endpoint with our extension
 * keeps it; any other answers 404, and there is nothing lost by that.
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
      // Said again at the next change; an unreachable endpoint is logged by those who need it.
      last = '';
    });
  };
}
