import { parseArgs } from 'node:util';
import { startSlackInbox } from './server.ts';

const usage = `Shows what would have been sent to Slack: POST to any path under /services/, read at /.
  --port N      port (default 0: a free one)
  --store FILE  keep every message in FILE, a JSON line each
  --host NAME   address to listen on (default 127.0.0.1; a container needs 0.0.0.0)`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    store: { type: 'string' },
    help: { type: 'boolean', short: 'h' },
  },
});

if (values.help) {
  console.log(usage);
  process.exit(0);
}

const inbox = await startSlackInbox({
  host: values.host,
  port: Number(values.port),
  keep: 500,
  ...(values.store === undefined ? {} : { storeFile: values.store }),
}).catch((error: Error) => {
  console.error(`slack-inbox: cannot listen on ${values.host}:${values.port}: ${error.message}`);
  process.exit(1);
});
console.log(JSON.stringify({ event: 'ready', port: inbox.port, url: inbox.url }));

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void inbox.close());
