// `node scripts/with-setup.js [--no-build] <tool> [args]`: set up what is missing, then run a tool of the project on the
// pinned Node.
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { liveAndDieWith } from '../bin/live-and-die-with.js';
import { nodeBinaries } from '../bin/node-binary.js';
import { root, setUp } from './setup.js';

const given = process.argv.slice(2);
const build = given[0] !== '--no-build';
const [tool, ...args] = build ? given : given.slice(1);
if (tool === undefined) throw new Error('usage: node scripts/with-setup.js [--no-build] <tool> [args]');
await setUp({ build });

const tools = [dirname(nodeBinaries()[0] ?? process.execPath), join(root, 'node_modules', '.bin')];
const env = { ...process.env, PATH: [...tools, process.env.PATH].join(delimiter) };
liveAndDieWith(spawn(tool, args, { cwd: root, stdio: 'inherit', env, shell: process.platform === 'win32' }));
