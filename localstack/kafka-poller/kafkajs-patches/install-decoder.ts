import { createRequire } from 'node:module';
import { decodeFetched } from './record-batch-decoder.ts';

/**
 * Puts `decodeFetched` into the module cache in place of kafkajs's decoder, which kafkajs loads at its first
 * fetch. In the packed program the bundler has replaced the decoder already (build.ts).
 */
export function installDecoder(): void {
  const require = createRequire(import.meta.url);
  const name = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder');
  require(name);
  const loaded = require.cache[name];
  if (typeof loaded?.exports !== 'function') {
    throw new Error('kafkajs has no decoder of record batches where 2.2.4 has it');
  }
  loaded.exports = decodeFetched;
}
