import { spawn } from 'node:child_process';
import { liveAndDieWith } from './live-and-die-with.js';
import { nodeBinaries, oldestNode } from './node-binary.js';

/**
 * Runs Node on `args` as if this process had become it: same terminal, same signals, same exit code. A pinned Node that
 * can't start here (another C library) gives way to the machine's own.
 * @param {string[]} args
 */
export function runNode(args) {
  const [binary, ...others] = nodeBinaries();
  if (binary === undefined) {
    console.error(
      `streambed: needs Node ${oldestNode} or newer, found ${process.versions.node}, and npm has no Node for ` +
        `${process.platform}-${process.arch}. Install Node ${oldestNode} and run this again.`,
    );
    process.exit(1);
  }
  tryNode(binary, others, args);
}

/**
 * @param {string} binary
 * @param {string[]} others
 * @param {string[]} args
 */
function tryNode(binary, others, args) {
  const child = spawn(binary, args, { stdio: 'inherit' });
  const letGo = liveAndDieWith(child);
  child.on('error', (error) => {
    letGo();
    const [next, ...rest] = others;
    if (next !== undefined) return tryNode(next, rest, args);
    console.error(`streambed: ${binary} did not start: ${error.message}`);
    process.exit(1);
  });
}
