/** So much of one turn of the event loop what was read may take, in milliseconds. */
const shareMs = 4;

let began: number | undefined;

/**
 * Runs a task when all sockets that had something in this turn of the event loop have been read, or in one of the next
 * turns where those before it have taken long: hundreds of answers may bring something at once.
 */
export function atTheTurn(task: () => void): void {
  setImmediate(run, task);
}

function run(task: () => void): void {
  const now = performance.now();
  if (began === undefined) {
    began = now;
    // It stands before those that are put off.
    setImmediate(() => {
      began = undefined;
    });
  } else if (now - began >= shareMs) {
    setImmediate(run, task);
    return;
  }
  task();
}
