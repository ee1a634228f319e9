import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

/** What the bench asks a program of its own. */
type Ask = { readonly id: number; readonly ask: 'cpu' | 'memory' | 'stall' | 'do'; readonly what?: unknown };
type Answer = { readonly id: number; readonly answer?: unknown; readonly error?: string };

/** A program of the bench in a process of its own, so that its processor time and memory are its own. */
export interface Program extends AsyncDisposable {
  readonly url: string;
  readonly pid: number;
  /** Processor time used since it started, user and system, in microseconds. */
  cpuUs(): Promise<number>;
  /** Its resident set, in bytes, after what is garbage has been collected. */
  memory(): Promise<number>;
  /** The longest its event loop stood still since this was last asked, in milliseconds. */
  stallMs(): Promise<number>;
  /** Has it do something; what that is, is between the two. */
  do<Result>(what: unknown): Promise<Result>;
}

export interface ProgramOptions {
  readonly args?: readonly string[];
  /** The environment; nothing of ours is passed on but PATH. */
  readonly env?: Readonly<Record<string, string>>;
  /** The processor core it is to run on, where the machine can be told. */
  readonly core?: number;
}

const taskset = ['/usr/bin/taskset', '/bin/taskset'].find((path) => existsSync(path));

/** Whether programs can be given a core of their own here. */
export const canPin = taskset !== undefined && availableParallelism() > 1;

/** Starts a program of this folder that calls {@link serve}, and waits for its URL. */
export async function startProgram(file: URL, options: ProgramOptions = {}): Promise<Program> {
  const { args = [], env = {}, core } = options;
  const child = fork(file, args, {
    execArgv: ['--expose-gc'],
    env: { ...(process.env.PATH !== undefined && { PATH: process.env.PATH }), ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  if (core !== undefined && canPin) await pin(child, core);
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  let last = 0;
  child.on('message', ({ id, answer, error }: Answer) => {
    if (error === undefined) waiting.get(id)?.resolve(answer);
    else waiting.get(id)?.reject(new Error(error));
    waiting.delete(id);
  });
  child.once('exit', () => {
    const ended = new Error(`${fileURLToPath(file)} has ended`);
    for (const { reject } of waiting.values()) reject(ended);
    waiting.clear();
  });
  const ask = (asked: Omit<Ask, 'id'>): Promise<unknown> => {
    last += 1;
    const pending = Promise.withResolvers<unknown>();
    waiting.set(last, pending);
    child.send({ ...asked, id: last } satisfies Ask);
    return pending.promise;
  };
  const ready = Promise.withResolvers<unknown>();
  waiting.set(0, ready);
  const url = String(await ready.promise);
  return {
    url,
    pid: child.pid ?? 0,
    cpuUs: async () => Number(await ask({ ask: 'cpu' })),
    memory: async () => Number(await ask({ ask: 'memory' })),
    stallMs: async () => Number(await ask({ ask: 'stall' })),
    do: async <Result>(what: unknown) => (await ask({ ask: 'do', what })) as Result,
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** In the program: starts what it is, says where it is, and answers what the bench asks. */
export async function serve(
  start: () => Promise<string>,
  perform: (what: never) => Promise<unknown> = async () => undefined,
): Promise<void> {
  const { monitorEventLoopDelay } = await import('node:perf_hooks');
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const send = (answer: Answer) => void process.send?.(answer);
  const answerTo = async ({ ask, what }: Ask): Promise<unknown> => {
    switch (ask) {
      case 'cpu': {
        const { user, system } = process.cpuUsage();
        return user + system;
      }
      case 'memory':
        globalThis.gc?.();
        return process.memoryUsage.rss();
      case 'stall': {
        const longest = delay.max / 1e6;
        delay.reset();
        return longest;
      }
      case 'do':
        return perform(what as never);
    }
  };
  process.on('message', (asked: Ask) => {
    answerTo(asked).then(
      (answer) => send({ id: asked.id, answer }),
      (error: unknown) => send({ id: asked.id, error: String((error as Error)?.stack ?? error) }),
    );
  });
  // The bench is gone: nobody would end this process otherwise.
  process.on('disconnect', () => process.exit(0));
  send({ id: 0, answer: await start() });
}

/** Puts a process and all its threads on one core. */
async function pin({ pid }: ChildProcess, core: number): Promise<void> {
  const done = spawn(taskset as string, ['-a', '-p', '-c', String(core), String(pid)], { stdio: 'ignore' });
  await once(done, 'exit');
}
