import Broker from 'kafkajs/src/broker/index.js';

/** The method that sends a fetch request, as it is now: kafkajs's own, or a patch around it. */
export function brokerFetch(): Broker['fetch'] {
  const { fetch } = Broker.prototype;
  if (typeof fetch !== 'function')
    throw new Error('kafkajs has no Broker.prototype.fetch where 2.2.4 has it');
  return fetch;
}
