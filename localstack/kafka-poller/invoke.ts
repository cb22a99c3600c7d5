import type { Aws } from './aws.ts';
import type { InvokeResult } from './outcome.ts';
import type { ShareEvent } from './shared-events.ts';

/** A function runs for 15 minutes at most; one minute more for the request and the response. */
const TIMEOUT_MS = 16 * 60_000;

export type Invoke = (functionArn: string, event: Buffer[]) => Promise<InvokeResult>;

/** https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html */
export function createInvoke(aws: Aws, share: ShareEvent): Invoke {
  return async (functionArn, event) => {
    const shared = await share(event);
    let isAnswered = false;
    try {
      const { status, headers, body } = await aws({
        service: 'lambda',
        method: 'POST',
        path: `/2015-03-31/functions/${encodeURIComponent(functionArn)}/invocations`,
        headers: {
          'content-type': 'application/json',
          'x-amz-invocation-type': 'RequestResponse',
          ...shared?.headers,
        },
        body: shared ? [] : event,
        timeoutMs: TIMEOUT_MS,
        // The poller decides about retries, so the connection must not repeat an invoke.
        repeatable: false,
      });
      isAnswered = status < 300 || status === 429;
      if (status === 429) return { kind: 'throttled', reason: 'throttled' };
      if (status >= 300) return { kind: 'unreachable', reason: `invoke answered ${status}` };
      const functionError = headers['x-amz-function-error'];
      const invocation = {
        requestId: String(headers['x-amzn-requestid'] ?? ''),
        statusCode: status,
        executedVersion: String(headers['x-amz-executed-version'] ?? '$LATEST'),
      };
      return functionError
        ? { kind: 'function-error', invocation: { ...invocation, functionError: String(functionError) } }
        : { kind: 'success', response: body, invocation };
    } catch (error) {
      return { kind: 'unreachable', reason: error instanceof Error ? error.message : String(error) };
    } finally {
      shared?.release(isAnswered);
    }
  };
}
