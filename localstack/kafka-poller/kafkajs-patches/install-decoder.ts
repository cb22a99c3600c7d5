import { createRequire } from 'node:module';
import { decodeFetched } from '../record-batch.ts';

/**
 * Has kafkajs hand over whole record batches. The version of kafkajs is pinned, and it loads its decoder with the first
 * fetch, so this comes in time. In the packed program the bundler has put ours in its place already (build.ts).
 */
export function installDecoder(): void {
  const require = createRequire(import.meta.url);
  const name = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder');
  require(name);
  const loaded = require.cache[name];
  if (!loaded) throw new Error('kafkajs has no decoder of record batches where 2.2.4 has it');
  loaded.exports = decodeFetched;
}
