import { expect, test } from '@jest/globals';
import { stageNamed, stages } from '../../../lib/config.ts';

test('a stage is known by its name', () => {
  for (const [name, config] of Object.entries(stages)) expect([name, config.stage]).toEqual([name, name]);
});

test.each(['production', '', 'toString', undefined])(
  '"%s" is refused, and the stages there are are listed',
  (name) => {
    expect(() => stageNamed(name)).toThrow('local, dev, prod');
  },
);

test('on AWS, clients prove who they are and connections are encrypted', () => {
  for (const { kafka, database } of [stages.dev, stages.prod]) {
    expect(kafka.access).toMatchObject({ auth: 'iam', clientBroker: 'TLS' });
    expect(database.forceTls && database.tlsCaFile !== '').toBe(true);
  }
});
