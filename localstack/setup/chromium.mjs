// The browser of the tests: an installed one, else Debian's package (for root), else an npm package.
import { accessSync, constants, mkdirSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { call } from './installers.mjs';
import { chromium, projectNode } from './tools.mjs';

const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
const macFiles = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
/** Chromium for Lambda: it brings the libraries that a bare machine lacks. */
const npmPackage = '@sparticuz/chromium@153.0.0';

const isExecutable = (file) => {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
};

/** The installed browser: `ISOBAR_CHROMIUM`, or the first one found; undefined when there is none. */
function findChromium() {
  const folders = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  const onPath = names.flatMap((name) => folders.map((folder) => path.join(folder, name)));
  return [process.env.ISOBAR_CHROMIUM, ...onPath, ...macFiles].find((file) => file && isExecutable(file));
}

export async function installChromium(log) {
  const folder = path.dirname(chromium);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const file =
    findChromium() ??
    (await installWithApt(log).catch(() => undefined)) ??
    (await installFromNpm(log, folder));
  symlinkSync(file, chromium);
  await call(log, chromium, ['--no-sandbox', '--headless', '--version']);
}

/** Only for root: the set-up asks for no password. */
async function installWithApt(log) {
  if (process.getuid?.() !== 0) return undefined;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await call(log, 'apt-get', ['update', '-q'], { env });
  await call(log, 'apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'], { env });
  return findChromium();
}

/** The package unpacks the browser into the temporary folder. */
async function installFromNpm(log, folder) {
  await call(log, 'npm', ['install', '--no-audit', '--no-fund', '--prefix', folder, npmPackage]);
  const unpack = `import('@sparticuz/chromium').then(({ default: { executablePath } }) => executablePath())`;
  const env = { ...process.env, TMPDIR: folder };
  await call(log, projectNode, ['-e', unpack], { env, cwd: folder });
  return realpathSync(path.join(folder, 'chromium'));
}
