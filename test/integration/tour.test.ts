import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { blocksOf, outputIn } from '../../bin/tour/page.ts';
import { printed } from '../../bin/tour/printed.ts';
import { runCommands } from '../../bin/tour/run-commands.ts';
import { steps } from '../../bin/tour/steps.ts';
import { projectRoot } from '../../localstack/setup/tools.mjs';
import { openDeployedPlatform } from './deployed-platform.ts';

const platform = openDeployedPlatform();
const place = {
  endpoints: platform.endpoints,
  stateDir: process.env.ISOBAR_TEST_STATE_DIR ?? '',
  scratch: mkdtempSync(path.join(tmpdir(), 'tour-')),
};
afterAll(async () => {
  rmSync(place.scratch, { recursive: true });
  await platform.close();
});

const shown = new Map(
  blocksOf(readFileSync(path.join(projectRoot, 'docs/tour.md'), 'utf8')).map((block) => [
    block.name,
    outputIn(block),
  ]),
);

/** An output without the figures and widths that differ from run to run. */
const shapeOf = (output: string) =>
  output
    .replaceAll(/\d+(\.\d+)?/g, '0')
    .replaceAll(/([\s─·])\1*/g, '$1')
    .replaceAll(/^ /gm, '');

// The other steps send transactions for a minute, which would change the figures of other tests.
const quick = steps.filter(({ isLoad = false }) => !isLoad);

test.each(quick.map(({ name }) => name))(
  'the tour prints what docs/tour.md shows: %s',
  async (name) => {
    const step = quick.find((each) => each.name === name) ?? { name, commands: 'false' };
    expect(shapeOf(printed(await runCommands(step, place)))).toBe(shapeOf(shown.get(name) ?? ''));
  },
  200_000,
);
