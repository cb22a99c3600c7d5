import { installFetchGate } from './fetch-gate.ts';
import { installIdleRequests } from './idle-requests.ts';
import { installDecoder } from './install-decoder.ts';
import { installTransactionFilter } from './transaction-filter.ts';

/** To be called once, before the first client connects. The gate is outermost: it sees filtered responses. */
export function patchKafkajs(): void {
  installDecoder();
  installTransactionFilter();
  installFetchGate();
  installIdleRequests();
}
