import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

const { scheduleCheckPendingRequests } = RequestQueue.prototype;

/**
 * Lets the connections of kafkajs rest. In 2.2.4, which is pinned, each looks a thousand times a second for requests that wait,
 * from its first request on, whether any wait or not. Only a queue that has some needs to look.
 * @see docs/adr/0012-record-encoder.md
 */
export function restWhenIdle(): void {
  if (typeof scheduleCheckPendingRequests !== 'function')
    throw new Error('kafkajs has no check of pending requests where 2.2.4 has it');
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
}
