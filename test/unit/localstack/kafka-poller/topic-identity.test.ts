import { expect, test } from '@jest/globals';
import {
  createTopicIdentity,
  type TopicReplaced,
} from '../../../../localstack/kafka-poller/topic-identity.ts';

function watched(known: readonly [string, string][] = []) {
  const replaced: TopicReplaced[] = [];
  let time = 10_000;
  const identity = createTopicIdentity({
    topics: ['t'],
    known: new Map(known),
    onReplaced: (one) => replaced.push(one),
    now: () => time,
  });
  return { identity, replaced, pass: (ms: number) => (time += ms) };
}
const answer = (id?: string) => new Map(id === undefined ? [] : [['t', id]]);

test('a topic keeps the id of the first answer, and another id ends its positions', () => {
  const { identity, replaced } = watched();
  expect(identity.confirm(['t'], answer('a'))).toBe(true);
  expect(identity.idOf('t')).toBe('a');
  expect(identity.confirm(['t'], answer('b'))).toBe(false);
  expect(replaced).toMatchObject([{ topic: 't', id: 'b', message: expect.stringContaining('made again') }]);
});

test('the id of the committed offsets holds for the first answer', () => {
  const { identity, replaced } = watched([['t', 'a']]);
  expect(identity.confirm(['t'], answer('b'))).toBe(false);
  expect(replaced[0]?.id).toBe('b');
});

test('a deleted topic ends its positions', () => {
  const { identity, replaced } = watched();
  expect(identity.confirm(['t'], answer())).toBe(false);
  expect(replaced).toMatchObject([{ id: undefined, message: 'topic t was deleted' }]);
});

test('a broker without topic ids is trusted', () => {
  const { identity, replaced } = watched([['t', 'a']]);
  expect(identity.confirm(['t'], undefined)).toBe(true);
  expect(replaced).toEqual([]);
});

test('a broker is asked after each fetch with records, and otherwise from time to time', () => {
  const { identity, pass } = watched();
  expect(identity.due(1, [])).toEqual(['t']);
  expect(identity.due(1, [])).toEqual([]);
  expect(identity.due(2, [])).toEqual(['t']);
  expect(identity.due(1, ['t'])).toEqual(['t']);
  pass(2_000);
  expect(identity.due(1, [])).toEqual(['t']);
});
