import { spawn } from 'node:child_process';
import { nodeBinaries, oldestNode } from './node-binary.js';

/**
 * Runs Node on `args` as if this process had become it: same terminal, same signals, same exit code. A pinned Node that
 * can't start here (another C library) gives way to the machine's own.
 * @param {string[]} args
 * @param {{ env?: NodeJS.ProcessEnv }} [options]
 */
export function runNode(args, options = {}) {
  const [binary, ...others] = nodeBinaries();
  if (binary === undefined) {
    console.error(
      `streambed: needs Node ${oldestNode} or newer, found ${process.versions.node}, and npm has no Node for ` +
        `${process.platform}-${process.arch}. Install Node ${oldestNode} and run this again.`,
    );
    process.exit(1);
  }
  tryNode(binary, others, args, options.env ?? process.env);
}

/**
 * @param {string} binary
 * @param {string[]} others
 * @param {string[]} args
 * @param {NodeJS.ProcessEnv} env
 */
function tryNode(binary, others, args, env) {
  const child = spawn(binary, args, { stdio: 'inherit', env });
  // Ctrl-C in a terminal reaches the whole process group: passing it on too would count as a second, impatient signal.
  const passOn = ['SIGTERM', 'SIGHUP', ...(process.stdin.isTTY ? [] : ['SIGINT'])];
  const listeners = passOn.map((signal) => {
    const listener = () => child.kill(/** @type {NodeJS.Signals} */ (signal));
    process.on(signal, listener);
    return /** @type {const} */ ([signal, listener]);
  });
  if (process.stdin.isTTY) process.on('SIGINT', () => {});

  const watch = watchParent(() => child.kill('SIGTERM'));

  child.on('error', (error) => {
    clearInterval(watch);
    for (const [signal, listener] of listeners) process.off(signal, listener);
    const [next, ...rest] = others;
    if (next !== undefined) return tryNode(next, rest, args, env);
    console.error(`streambed: ${binary} did not start: ${error.message}`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => {
    clearInterval(watch);
    if (signal === null) process.exit(code ?? 1);
    for (const [name, listener] of listeners) process.off(name, listener);
    process.removeAllListeners('SIGINT');
    process.kill(process.pid, signal);
  });
}

/**
 * npm runs us through a shell and passes SIGTERM on to that shell alone, which dies of it. Losing the shell is the only
 * sign that npm was told to stop.
 * @param {() => void} onLost
 */
function watchParent(onLost) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onLost();
  }, 200);
  return watch;
}
