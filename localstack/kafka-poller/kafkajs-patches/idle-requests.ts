// Wraps `scheduleCheckPendingRequests` in `kafkajs/src/network/requestQueue` of kafkajs 2.2.4. From its first
// request on, each connection looks for waiting requests a thousand times a second, even when there are none.
// A poller of many mappings has dozens of connections, nearly all of them idle.
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';

/** A connection looks for waiting requests only while it has some. */
export function installIdleRequests(): void {
  const { scheduleCheckPendingRequests } = RequestQueue.prototype;
  if (typeof scheduleCheckPendingRequests !== 'function') {
    throw new Error('kafkajs has no check of pending requests where 2.2.4 has it');
  }
  RequestQueue.prototype.scheduleCheckPendingRequests = function (this: RequestQueue) {
    if (this.pending.length > 0) scheduleCheckPendingRequests.call(this);
  };
}
