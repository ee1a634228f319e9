// `npm run test:long`: every test, those with random cases over fifty times as many. For a quiet hour, not for CI.
import { spawn } from 'node:child_process';
import { liveAndDieWith } from '../bin/live-and-die-with.js';

const env = { ...process.env, TEST_LONG: '1' };
const shell = process.platform === 'win32';
liveAndDieWith(spawn('vitest', ['run', ...process.argv.slice(2)], { stdio: 'inherit', env, shell }));
