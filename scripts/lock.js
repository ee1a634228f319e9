import { mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** A lock without a name in it is somebody who died between making it and signing it. */
const unsignedGraceMs = 5_000;
const pollMs = 200;

/**
 * Runs `work` while this process alone holds the folder `path`. Waits for another live holder, however long it takes;
 * takes over from one that died.
 * @template T
 * @param {string} path
 * @param {() => T | Promise<T>} work
 * @param {() => void} [onWait] called once when somebody else holds it
 */
export async function withLock(path, work, onWait) {
  for (let waited = false; !tryTake(path); waited = true) {
    if (!waited) onWait?.();
    await wait(pollMs);
  }
  const release = () => rmSync(path, { recursive: true, force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} path */
function tryTake(path) {
  try {
    mkdirSync(path);
    writeFileSync(join(path, 'pid'), String(process.pid));
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
  }
  if (isDead(path)) {
    // A rename succeeds for one of several waiters only, so a new holder's lock is never swept away.
    const grave = `${path}.${process.pid}`;
    try {
      renameSync(path, grave);
      rmSync(grave, { recursive: true, force: true });
    } catch {}
  }
  return false;
}

/** @param {string} path */
function isDead(path) {
  try {
    const pid = Number(readFileSync(join(path, 'pid'), 'utf8'));
    if (pid > 0) return !isAlive(pid);
  } catch {}
  try {
    return Date.now() - statSync(path).mtimeMs > unsignedGraceMs;
  } catch {
    return false;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}
