// Finds out within seconds that a package registry cannot be reached. An installer would retry for minutes.
import { spawn } from 'node:child_process';

const answerWithinMs = 9_000;

/** What the clients print when nothing answers. Other failures are left to the installation itself. */
const noAnswer =
  /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network|Max retries|ConnectTimeout|NewConnection|NameResolution|ProxyError/i;

const clients = {
  npm: () => ({
    // The npm that runs this script, with its settings; plain `npm` when it was started without npm.
    program: process.env.npm_execpath ? process.execPath : 'npm',
    args: [
      ...(process.env.npm_execpath ? [process.env.npm_execpath] : []),
      ...['view', 'node', 'version', '--fetch-retries=0', '--prefer-online'],
    ],
  }),
  pip: ({ python }) => ({
    program: python,
    args: ['-m', 'pip', 'index', 'versions', 'pip', '--retries=0', `--timeout=${answerWithinMs / 1000 - 1}`],
  }),
};

/**
 * A sentence when a registry that a step needs does not answer; undefined when all do. The package managers
 * themselves are asked, since they know their mirrors and proxies.
 */
export async function unreachableRegistries(steps, programs, withinMs = answerWithinMs) {
  const needed = [...new Set(steps.flatMap(({ registry }) => registry ?? []))];
  const reachable = await Promise.all(needed.map((name) => answers(clients[name](programs), withinMs)));
  const silent = needed.filter((_, place) => !reachable[place]);
  if (silent.length === 0) return undefined;
  return (
    `The package ${silent.length === 1 ? 'registry' : 'registries'} of ${silent.join(' and ')} cannot be reached. The set-up needs the internet ` +
    "or mirrors: behind a proxy set HTTPS_PROXY, for a mirror set npm's registry and pip's index-url. Then run the same command again."
  );
}

function answers({ program, args }, withinMs) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { env: process.env, stdio: ['ignore', 'ignore', 'pipe'] });
    let complaints = '';
    child.stderr.on('data', (chunk) => {
      complaints += chunk;
    });
    const timer = setTimeout(() => {
      child.kill();
      resolve(false);
    }, withinMs);
    child.on('error', () => resolve(true));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0 || !noAnswer.test(complaints));
    });
  });
}
