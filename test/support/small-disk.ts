import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A real disk of a few megabytes, which only programs that are started `within` it see. */
export interface SmallDisk extends AsyncDisposable {
  /** Where it is, for a program within it. */
  readonly path: string;
  /** What a command line begins with, to be within it. */
  readonly within: readonly string[];
  /** Takes all the room that is left, to the last byte. */
  fill(): void;
  /** Gives it back. */
  free(): void;
  /** Makes it read-only, or no longer; nobody may have anything on it open to write. */
  makeReadOnly(readOnly: boolean): void;
}

/** Why there can be no such disk here, where there can't: it takes Linux, and the right to make namespaces. */
export function noSmallDisk(): string | undefined {
  const tried = spawnSync('unshare', ['-Urm', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], {
    encoding: 'utf8',
  });
  return tried.status === 0 ? undefined : (tried.error?.message ?? tried.stderr.trim());
}

export async function mountSmallDisk(megabytes: number): Promise<SmallDisk> {
  const path = mkdtempSync(join(tmpdir(), 'streambed-disk-'));
  const mount = `mount -t tmpfs -o size=${megabytes}m tmpfs ${path} && echo mounted && exec cat`;
  // The disk is there for as long as this one lives.
  const holder = spawn('unshare', ['-Urm', 'sh', '-c', mount], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout, 'data');
  const within = ['nsenter', '-U', '--preserve-credentials', '-m', '-t', String(holder.pid)];
  const filler = `/proc/${holder.pid}/root${path}/filler`;
  return {
    path,
    within,
    fill: () => fill(filler),
    free: () => rmSync(filler, { force: true }),
    makeReadOnly(readOnly) {
      const [program = '', ...before] = within;
      const how = `remount,${readOnly ? 'ro' : 'rw'}`;
      const { status, stderr } = spawnSync(program, [...before, 'mount', '-o', how, path]);
      if (status !== 0) throw new Error(String(stderr));
    },
    [Symbol.asyncDispose]: () => unmount(holder, path),
  };
}

async function unmount(holder: ChildProcess, path: string): Promise<void> {
  const gone = once(holder, 'exit');
  holder.stdin?.end();
  await gone;
  rmSync(path, { recursive: true, force: true });
}

function fill(path: string): void {
  const file = openSync(path, 'w');
  for (let size = 1024 * 1024; size >= 1; ) {
    try {
      if (writeSync(file, Buffer.alloc(size)) < size) size = Math.floor(size / 2);
    } catch {
      size = Math.floor(size / 2);
    }
  }
  closeSync(file);
}
