/**
 * Makes this process the shadow of `child`: it gets our signals, and we end as it ends.
 * @param {import('node:child_process').ChildProcess} child
 * @returns {() => void} undoes it, for a child that did not start
 */
export function liveAndDieWith(child) {
  // Ctrl-C in a terminal reaches the whole process group: passing it on too would count as a second, impatient signal.
  const passOn = process.stdin.isTTY ? () => {} : () => child.kill('SIGINT');
  const listeners = /** @type {const} */ ([
    ['SIGINT', passOn],
    ['SIGTERM', () => child.kill('SIGTERM')],
    ['SIGHUP', () => child.kill('SIGHUP')],
  ]);
  for (const [signal, listener] of listeners) process.on(signal, listener);
  const watch = watchParent(() => child.kill('SIGTERM'));
  const undo = () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
    clearInterval(watch);
  };
  child.on('exit', (code, signal) => {
    undo();
    if (signal === null) process.exit(code ?? 1);
    process.kill(process.pid, signal);
  });
  return undo;
}

/**
 * npm and npx run us through a shell and pass SIGTERM on to that shell alone, which dies of it. Losing the shell is the
 * only sign that they were told to stop.
 * @param {() => void} onLost
 */
export function watchParent(onLost) {
  if (process.env.npm_lifecycle_event === undefined) return undefined;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    onLost();
  }, 200).unref();
  return watch;
}
