import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A program with everything it starts: npm stands between us and the server, so the whole group is ended. */
export interface ProcessGroup extends AsyncDisposable {
  /** Everything printed so far, on both streams. */
  readonly output: string;
  /** The first match in what is printed. Rejects when the program ends before there is one. */
  printed(pattern: RegExp): Promise<RegExpExecArray>;
  /** Its exit code, once nobody of the group holds its output any more. */
  readonly exited: Promise<number | null>;
  /** Tells the first process alone to stop, as a service manager does. */
  terminate(): void;
}

export function startGroup(
  command: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string | undefined>> },
): ProcessGroup {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const exited = once(child, 'close').then(([code]) => code as number | null);
  return {
    get output() {
      return output;
    },
    exited,
    printed: (pattern) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output);
          if (match === null) return;
          listeners.delete(look);
          resolve(match);
        };
        listeners.add(look);
        look();
        exited.then(() => reject(new Error(`${command} ended before it said ${pattern}:\n${output}`)));
      }),
    terminate: () => child.kill('SIGTERM'),
    async [Symbol.asyncDispose]() {
      endGroup(child);
      await exited;
    },
  };
}

function endGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // All of it has ended already.
  }
}
