#!/usr/bin/env node
// The door of the packed tarball. It runs on old Nodes too, and hands over to the one pinned beside it.
import { fileURLToPath } from 'node:url';
import { watchParent } from './live-and-die-with.js';
import { ownNodeSuffices } from './node-binary.js';
import { runNode } from './run-node.js';

const server = new URL('../dist/streambed.js', import.meta.url);

if (ownNodeSuffices()) {
  watchParent(() => process.kill(process.pid, 'SIGTERM'));
  await import(server.href);
} else {
  runNode([fileURLToPath(server), ...process.argv.slice(2)]);
}
