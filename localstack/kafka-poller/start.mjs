#!/usr/bin/env -S node --max-semi-space-size=4
// The program of the package. Older versions of Node.js cannot even read the bundle, so this file asks first.
const major = Number(process.versions.node.split('.')[0]);
if (major < 24) {
  console.error(
    `isobar-kafka-poller needs Node.js 24 or newer, and this is ${process.versions.node}: install a newer one, or put it first on the PATH.`,
  );
  process.exit(1);
}
await import('./poller.mjs');
