import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** What the bench asks a child, and what it answers. */
type Ask = { readonly ask: 'cpu' | 'memory' };
type Answer = { readonly ready: string } | { readonly cpuUs: number } | { readonly bytes: number };

/** A program of the bench that runs in a process of its own, so that its processor time is its own. */
export interface Child extends AsyncDisposable {
  readonly url: string;
  /** Processor time used since it started, user and system, in microseconds. */
  cpuUs(): Promise<number>;
  /** Its resident set, in bytes, after what is garbage has been collected. */
  memory(): Promise<number>;
}

/** Starts `program` and waits for its URL; `endpoint` is where it finds Bedrock. */
export async function startChild(
  program: string,
  args: readonly string[],
  endpoint?: string,
): Promise<Child> {
  const child = fork(new URL(program, import.meta.url), args, {
    execArgv: ['--expose-gc'],
    env: {
      PATH: process.env.PATH,
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      ...(endpoint !== undefined && { BENCH_ENDPOINT: endpoint }),
    },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const { ready } = (await answerOf(child)) as { ready: string };
  return {
    url: ready,
    async cpuUs() {
      const answer = answerOf(child);
      child.send({ ask: 'cpu' } satisfies Ask);
      return ((await answer) as { cpuUs: number }).cpuUs;
    },
    async memory() {
      const answer = answerOf(child);
      child.send({ ask: 'memory' } satisfies Ask);
      return ((await answer) as { bytes: number }).bytes;
    },
    async [Symbol.asyncDispose]() {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    },
  };
}

/** In the child: starts what it is, says where it is, and tells its processor time when asked. */
export async function serveContestant(start: (endpoint: string) => Promise<string>): Promise<void> {
  const send = (answer: Answer) => void process.send?.(answer);
  process.on('message', (message: Ask) => {
    if (message.ask === 'memory') {
      globalThis.gc?.();
      send({ bytes: process.memoryUsage.rss() });
    }
    if (message.ask !== 'cpu') return;
    const { user, system } = process.cpuUsage();
    send({ cpuUs: user + system });
  });
  // The bench is gone: nobody would end this process otherwise.
  process.on('disconnect', () => process.exit(0));
  send({ ready: await start(process.env.BENCH_ENDPOINT ?? '') });
}

/** The child's next message. Rejects when it ends instead. */
function answerOf(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const onMessage = (message: unknown) => {
      child.off('exit', onExit);
      resolve(message);
    };
    const onExit = () => {
      child.off('message', onMessage);
      reject(new Error('a program of the bench has ended'));
    };
    child.once('message', onMessage).once('exit', onExit);
  });
}
