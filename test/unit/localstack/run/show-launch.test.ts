import { expect, test } from '@jest/globals';
import { showLaunch } from '../../../../localstack/run/show-launch.ts';
import { openProgress } from '../../../../localstack/terminal/progress.ts';

const address = 'http://127.0.0.1:8065';
const up = (service: string, at = '') => ({ type: 'up', service, address: at, ms: 1 }) as const;

function openLaunch() {
  let written = '';
  const out = {
    write: (text: string) => {
      written += text;
    },
    on: () => undefined,
    off: () => undefined,
  };
  const progress = openProgress({ out, redraw: false, colour: false });
  return {
    ...showLaunch(progress, { prometheus: false, notes: ['A note.'] }),
    lines: () => written.split('\n'),
  };
}

const settled = () => new Promise(setImmediate);

test('the first line of a launch is the address of the console, even if another service is up before', async () => {
  const { onEvent, lines } = openLaunch();
  onEvent(up('postgres'));
  await settled();
  expect(lines()).toEqual(['']);
  onEvent(up('console', address));
  await settled();
  expect(lines().slice(0, 3)).toEqual([`Console: ${address}`, 'A note.', '   Synthesize templates …']);
  expect(lines().join('\n')).toMatch(/✓ Postgres.*\n ✓ Console/);
});

test('a launch that fails before the console is up still shows its steps', async () => {
  const { onEvent, end, lines } = openLaunch();
  onEvent(up('postgres'));
  end(new Error('no Java'));
  await settled();
  expect(lines().join('\n')).toMatch(/✓ Postgres/);
  expect(lines().join('\n')).toMatch(/✗ LocalStack.*no Java/);
});
