import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import Broker from 'kafkajs/src/broker/index.js';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import { lookupCodecByAttributes } from 'kafkajs/src/protocol/message/compression/index.js';

const require = createRequire(import.meta.url);
const sourceOf = (module: string) => readFileSync(require.resolve(`kafkajs/src/${module}`), 'utf8');

test('the installed kafkajs is 2.2.4, for which the patches were written', () => {
  expect(require('kafkajs/package.json').version).toBe('2.2.4');
});

test('kafkajs decodes record batches by one function, which takes a decoder with a buffer and an offset', () => {
  const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder');
  expect([typeof decode, decode.length]).toEqual(['function', 1]);
  const Decoder = require('kafkajs/src/protocol/decoder');
  expect(new Decoder(Buffer.alloc(3))).toMatchObject({ buffer: Buffer.alloc(3), offset: 0 });
  const user = sourceOf('protocol/requests/fetch/v4/decodeMessages.js');
  expect(user).toContain("RecordBatchDecoder = require('../../../recordBatch/v0/decoder')");
  expect(user).toContain('records.push(...recordBatch.records)');
  expect(user).toContain("e.name === 'KafkaJSPartialMessageError'");
});

test('kafkajs sends each fetch request by Broker.prototype.fetch, with the most bytes that it may bring', () => {
  expect(Broker.prototype.fetch).toHaveLength(1);
  expect(Broker.prototype.fetch.toString()).toMatch(/^async fetch\({[^}]*\bmaxBytes = \d+,[^}]*}\)/);
});

test('the transaction filter of kafkajs leaves all messages when its list is empty', () => {
  const filter = require('kafkajs/src/consumer/filterAbortedMessages');
  const messages = [{ offset: '0' }];
  expect(filter({ messages, abortedTransactions: [] })).toBe(messages);
});

test('kafkajs schedules its look at waiting requests by scheduleCheckPendingRequests', () => {
  expect(RequestQueue.prototype.scheduleCheckPendingRequests).toHaveLength(0);
  expect(sourceOf('network/requestQueue/index.js')).toContain('this.pending.length > 0');
});

test('kafkajs finds the codec of a batch by its attributes', () => {
  expect(lookupCodecByAttributes(0)).toBeNull();
  expect(typeof lookupCodecByAttributes(1)?.decompress).toBe('function');
});
