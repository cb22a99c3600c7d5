import { parseArgs } from 'node:util';
import { startSlackInbox } from './server.ts';

const usage = `Receives Slack messages at any path under /services/ and lists them at /messages.
  --port N      listen on this port (default 0: a free port)
  --store FILE  append every message to FILE as a line of JSON
  --page URL    the page that shows the messages; / leads there
  --host NAME   listen on this address (default 127.0.0.1; use 0.0.0.0 in a container)`;

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    store: { type: 'string' },
    page: { type: 'string' },
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
  ...(values.page === undefined ? {} : { pageUrl: values.page }),
}).catch((error: Error) => {
  console.error(
    `slack-inbox: cannot listen on ${values.host}:${values.port}: ${error.message}. Choose another --port or --host.`,
  );
  process.exit(1);
});
console.log(JSON.stringify({ event: 'ready', port: inbox.port, url: inbox.url }));

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void inbox.close());
