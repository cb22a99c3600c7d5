import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { Aws } from '../../../../localstack/kafka-poller/aws.ts';
import { createSharedEvents } from '../../../../localstack/kafka-poller/shared-events.ts';

const here = new URL('http://127.0.0.1:4566');
type Named = { [name: string]: string };

/** What another process would read. */
function readNamed({ 'x-isobar-event': header = '' }: Named): string {
  const [file = '', , length] = header.split(' ');
  return readFileSync(file).toString('utf8', 0, Number(length));
}

/** An emulator on this machine, which reads what it is asked to. */
const emulator: Aws = async ({ headers = {} }) => ({
  status: 200,
  headers: {},
  body: Buffer.from(readNamed(headers)),
});

const parts = (...texts: string[]) => texts.map((text) => Buffer.from(text));

test('an event is readable by its header, also after a longer one', async () => {
  const share = createSharedEvents(emulator, here);
  const long = await share(parts('{"records":', '[1,2,3]', '}'));
  expect(readNamed(long?.headers ?? {})).toBe('{"records":[1,2,3]}');
  long?.release(true);
  const short = await share(parts('{}'));
  expect(readNamed(short?.headers ?? {})).toBe('{}');
  short?.release(true);
});

test('memory of an invoke without an answer is not written again', async () => {
  const share = createSharedEvents(emulator, here);
  const lost = await share(parts('1'));
  const name = lost?.headers['x-isobar-event']?.split(' ')[1];
  lost?.release(false);
  const next = await share(parts('2'));
  expect(next?.headers['x-isobar-event']?.split(' ')[1]).not.toBe(name);
  next?.release(true);
});

test('events are sent while four others are in memory', async () => {
  const share = createSharedEvents(emulator, here);
  const held = [];
  for (const text of ['1', '2', '3', '4']) held.push(await share(parts(text)));
  expect(held.map((each) => readNamed(each?.headers ?? {}))).toEqual(['1', '2', '3', '4']);
  expect(await share(parts('5'))).toBeUndefined();
  for (const each of held) each?.release(true);
  const next = await share(parts('6'));
  expect(next).toBeDefined();
  next?.release(true);
});

test.each<[string, URL, Aws]>([
  ['does not know of it', here, async () => ({ status: 404, headers: {}, body: Buffer.from('') })],
  ['answers everything', here, async () => ({ status: 200, headers: {}, body: Buffer.from('{}') })],
  ['does not answer', here, () => Promise.reject(new Error('connect ECONNREFUSED'))],
  ['is on another machine', new URL('https://lambda.eu-west-1.amazonaws.com'), emulator],
])('every event is sent to an endpoint that %s', async (_, endpoint, aws) => {
  const share = createSharedEvents(aws, endpoint);
  expect(await share(parts('1'))).toBeUndefined();
  expect(await share(parts('2'))).toBeUndefined();
});

test('an endpoint that was away is asked again', async () => {
  let isUp = false;
  const share = createSharedEvents((request) => {
    return isUp ? emulator(request) : Promise.reject(new Error('connect ECONNREFUSED'));
  }, here);
  expect(await share(parts('1'))).toBeUndefined();
  isUp = true;
  const shared = await share(parts('2'));
  expect(readNamed(shared?.headers ?? {})).toBe('2');
  shared?.release(true);
});
