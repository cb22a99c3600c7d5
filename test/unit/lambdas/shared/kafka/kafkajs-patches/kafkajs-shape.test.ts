import { createRequire } from 'node:module';
import { expect, test } from '@jest/globals';
import RequestQueue from 'kafkajs/src/network/requestQueue/index.js';
import requests from 'kafkajs/src/protocol/requests/produce/index.js';

const require = createRequire(import.meta.url);

test('the installed kafkajs is 2.2.4, for which the patches were written', () => {
  expect(require('kafkajs/package.json').version).toBe('2.2.4');
});

test('kafkajs makes produce requests of versions 0 to 7 by one function, which is given the version', () => {
  expect(requests.versions).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  expect(requests.protocol).toHaveLength(1);
  const { request, response } = requests.protocol({ version: 7 })({ acks: -1, timeout: 1, topicData: [] });
  expect([request.apiVersion, typeof request.encode, typeof response]).toEqual([7, 'function', 'object']);
});

test('kafkajs schedules its look at waiting requests by scheduleCheckPendingRequests', () => {
  expect(RequestQueue.prototype.scheduleCheckPendingRequests).toHaveLength(0);
});
