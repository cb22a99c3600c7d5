import { expect, test } from '@jest/globals';
import { scriptOf } from '../../../../bin/tour/run-commands.ts';
import type { Endpoints } from '../../../../localstack/endpoints.ts';

test('commands get the places of this platform, also where these are below /tmp', () => {
  const endpoints = { awsEndpointUrl: 'http://127.0.0.1:5000', lakeBucket: 'lake' } as Endpoints;
  const place = { endpoints, stateDir: '/tmp/clone/.isobar', scratch: '/tmp/scratch' };
  const commands =
    'cat ./.isobar/endpoints.json; curl -T /tmp/a.csv http://127.0.0.1:4566/isobar-local-lake-000000000000-us-east-1/a';
  expect(scriptOf(commands, place)).toBe(
    'cat /tmp/clone/.isobar/endpoints.json; curl -T /tmp/scratch/a.csv http://127.0.0.1:5000/lake/a',
  );
});
