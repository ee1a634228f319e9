// `npm start` and `npm run streambed`: set up what is missing, then become the server.
import { join } from 'node:path';
import { runNode } from '../bin/run-node.js';
import { root, setUp } from './setup.js';

await setUp();
runNode([join(root, 'dist', 'streambed.js'), ...process.argv.slice(2)]);
