// `node scripts/with-setup.js <tool> [args]`: set up what is missing, then run a tool of the project on the pinned Node.
import { spawn } from 'node:child_process';
import { delimiter, dirname, join } from 'node:path';
import { nodeBinaries } from '../bin/node-binary.js';
import { root, setUp } from './setup.js';

const [tool, ...args] = process.argv.slice(2);
if (tool === undefined) throw new Error('usage: node scripts/with-setup.js <tool> [args]');
await setUp();

const tools = [dirname(nodeBinaries()[0] ?? process.execPath), join(root, 'node_modules', '.bin')];
const env = { ...process.env, PATH: [...tools, process.env.PATH].join(delimiter) };
const child = spawn(tool, args, { cwd: root, stdio: 'inherit', env, shell: process.platform === 'win32' });
for (const signal of /** @type {const} */ (['SIGTERM', 'SIGHUP', 'SIGINT']))
  process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
