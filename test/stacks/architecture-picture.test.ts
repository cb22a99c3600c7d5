import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { architecture, drawPicture } from '../../bin/picture/draw.ts';
import { stages } from '../../lib/config.ts';
import { functionsOf, templatesOf } from './synthesized.ts';
import { textIn } from './template-text.ts';

const root = path.resolve(import.meta.dirname, '../..');
const source = readFileSync(path.join(root, architecture.source), 'utf8');
/** What the comments say is left out. */
const leftOut = [...source.matchAll(/left out: (.*)/g)].map(([, names]) => names).join(' ');
/** The picture without its comments and the line ends of its labels. */
const drawn = source.replaceAll(/\/\/.*/g, '').replaceAll('\\n', ' ');

const templates = templatesOf(stages.prod);
const text = textIn(templates);
const all = Object.entries(templates).flatMap(([stack, { Resources }]) =>
  Object.entries(Resources).map(([id, resource]) => ({ stack, id, ...resource })),
);
const ofType = (type: string) => all.filter(({ Type }) => Type === type);

const shortName = (name: unknown) => text(name).replace(/^isobar-prod-/, '');
const has = (where: string, name: string) => new RegExp(`(^|[^\\w-])${name}($|[^\\w-])`, 'm').test(where);

test('docs/images/architecture.svg is what its source draws', async () => {
  expect(readFileSync(path.join(root, architecture.drawing), 'utf8')).toBe(await drawPicture(source));
});

const queues = ofType('AWS::SQS::Queue')
  .filter(({ Properties }) => Properties.RedrivePolicy !== undefined)
  .map(({ Properties }) => shortName(Properties.QueueName));
const topics = ofType('AWS::MSK::Topic').map(({ Properties }) => text(Properties.TopicName));
const workflows = ofType('AWS::StepFunctions::StateMachine')
  .map(({ Properties }) => shortName(Properties.StateMachineName))
  // Each of these starts the workflow of its name.
  .filter((name) => !name.endsWith('-starter'));

test.each([
  ['function', functionsOf()],
  ['topic', topics],
  ['queue', queues],
  ['workflow', workflows],
])('every %s of the stacks is in the picture, or in the list of what is left out', (_, names) => {
  expect(names.length).toBeGreaterThan(3);
  expect(names.filter((name) => has(drawn, name) === has(leftOut, name))).toEqual([]);
});

test('everything that is left out exists', () => {
  const known = new Set([...functionsOf(), ...topics, ...queues, ...workflows]);
  expect(leftOut.split(' ').filter((name) => !known.has(name))).toEqual([]);
});

const edges = [...drawn.matchAll(/^ +("?[\w-]+"?(?: -> "?[\w-]+"?)+)/gm)].flatMap(([, chain = '']) => {
  const nodes = chain.replaceAll('"', '').split(' -> ');
  return nodes.slice(1).map((to, place) => `${nodes[place]} -> ${to}`);
});

/** The resource of this type that `reference`, as `<id.attribute>` or `<stack.id.attribute>`, leads to. */
const referred = (type: string, from: string, reference: string) =>
  ofType(type).find(({ stack, id }) =>
    new RegExp(`^<(${stack}\\.)${stack === from ? '?' : ''}${id}[.>]`).test(reference),
  )?.Properties;

test('every event source mapping between what is drawn is an arrow', () => {
  const mappings = ofType('AWS::Lambda::EventSourceMapping').map(({ stack, Properties }) => {
    const queue = referred('AWS::SQS::Queue', stack, text(Properties.EventSourceArn))?.QueueName;
    const consumer = referred('AWS::Lambda::Function', stack, text(Properties.FunctionName))?.FunctionName;
    return [queue === undefined ? text(Properties.Topics) : shortName(queue), shortName(consumer)];
  });
  const wanted = mappings.filter((ends) => ends.every((name) => !has(leftOut, name)));
  expect(wanted.length).toBeGreaterThan(6);
  const arrows = wanted.map((ends) => ends.join(' -> '));
  expect(arrows.filter((arrow) => !edges.includes(arrow))).toEqual([]);
});
