import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { WebSocket } from 'ws';
import { credentials } from './relay/credentials.ts';
import { type Program, startProgram } from './relay/process.ts';
import { machine } from './relay/report.ts';
import { answerOf, promptFor } from './relay/tokens.ts';

/**
 * What the server is, rather than what a token costs: how soon it is there, what idle sockets and running generations
 * hold, what a late reader, slow readers and a very large request do to it.
 */

const { values: options } = parseArgs({
  options: {
    sockets: { type: 'string', default: '10000' },
    generations: { type: 'string', default: '1000' },
    slow: { type: 'string', default: '1000' },
    json: { type: 'string' },
  },
});

/** What was measured, for people and for machines. */
interface Row {
  readonly scenario: string;
  readonly contestant: 'streambed';
  readonly [figure: string]: number | string;
}

const rows: Row[] = [];

await using fake = await startProgram(new URL('./relay/fake-bedrock.ts', import.meta.url), { core: 1 });

await measureStart();
await onFreshServer((server) => measureSockets(server, Number(options.sockets), Number(options.generations)));
await onFreshServer(measureResume);
await onFreshServer(measureLargeBody);
await onFreshServer((server) => measureSlowReaders(server, Number(options.slow)));

for (const { scenario, contestant: _, ...figures } of rows) {
  console.log(
    `${scenario}: ${Object.entries(figures)
      .map(([name, value]) => `${name} ${value}`)
      .join(', ')}`,
  );
}
console.log(machine());
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);

/** Nothing of what was measured before is left in its memory. */
async function onFreshServer(measure: (server: Program) => Promise<void>): Promise<void> {
  await using server = await startProgram(new URL('./relay/contestants/streambed.ts', import.meta.url), {
    core: 0,
    env: { ...credentials, BENCH_ENDPOINT: fake.url },
  });
  await measure(server);
}

function add(scenario: string, figures: Record<string, number>): void {
  const rounded = Object.entries(figures).map(([name, value]) => [name, Math.round(value * 100) / 100]);
  rows.push({ scenario, contestant: 'streambed', ...Object.fromEntries(rounded) });
}

/** From the start of `node` to the first 200 of /readyz, five times; and what it holds then. */
async function measureStart(): Promise<void> {
  const times: number[] = [];
  let rssMb = 0;
  for (let round = 0; round < 5; round += 1) {
    const cwd = mkdtempSync(join(tmpdir(), 'streambed-bench-'));
    const port = await freePort();
    const started = performance.now();
    const main = fileURLToPath(new URL('../bin/streambed.js', import.meta.url));
    const child = spawn(process.execPath, [main, '--port', String(port), '--upstream', 'emulator'], {
      cwd,
      env: { PATH: process.env.PATH, ...credentials },
      stdio: 'ignore',
    });
    while (!(await answers(`http://127.0.0.1:${port}/readyz`)))
      await new Promise((resolve) => setTimeout(resolve, 2));
    times.push(performance.now() - started);
    const { stdout } = spawn('ps', ['-o', 'rss=', '-p', String(child.pid)]);
    rssMb = Number((await stdout.toArray()).join('')) / 1024;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    rmSync(cwd, { recursive: true, force: true });
  }
  const [, , median = Number.NaN] = times.sort((a, b) => a - b);
  add('start', { readyMs: median, idleMb: rssMb });
}

/** A request of 25 MB, less a little for what stands around it. */
async function measureLargeBody({ url, stallMs }: Program): Promise<void> {
  const filling = 'Streambed carries large requests. '.repeat(24_500_000 / 34);
  const messages = [{ role: 'user', content: `${filling}\n${promptFor({ tokens: 10 })}` }];
  const body = JSON.stringify({ request: { model: 'anthropic', max_tokens: 100, messages } });
  await post(`${url}/streambed/v1/generations`, body);
  await stallMs();
  const started = performance.now();
  await post(`${url}/streambed/v1/generations`, body);
  add('body-25mb', {
    totalMs: performance.now() - started,
    bodyMb: body.length / 1e6,
    stallMs: await stallMs(),
  });
}

/** An answer of 100 kB that has ended, read from its first event on. */
async function measureResume({ url, cpuUs }: Program): Promise<void> {
  const tokens = Math.ceil(100_000 / (answerOf(100).length / 100));
  const messages = [{ role: 'user', content: promptFor({ tokens }) }];
  const id = `resume-${process.pid}`;
  await post(
    `${url}/streambed/v1/generations`,
    JSON.stringify({ id, request: { model: 'anthropic', max_tokens: 100_000, messages } }),
  );
  const times: number[] = [];
  const before = await cpuUs();
  for (let round = 0; round < 50; round += 1) {
    const started = performance.now();
    await (await fetch(`${url}/streambed/v1/generations/${id}/events?after=0`)).arrayBuffer();
    times.push(performance.now() - started);
  }
  const cpuMs = ((await cpuUs()) - before) / 50 / 1000;
  add('resume-100kb', { p50Ms: times.sort((a, b) => a - b)[25] ?? Number.NaN, cpuMs });
}

/** Readers that take nothing while their answers of 200 kB come, and then everything. */
async function measureSlowReaders(program: Program, count: number): Promise<void> {
  const before = await program.memory();
  const body = JSON.stringify({
    request: {
      model: 'anthropic',
      max_tokens: 100_000,
      messages: [{ role: 'user', content: promptFor({ tokens: 25_000 }) }],
    },
  });
  const readers: Promise<void>[] = [];
  let peak = 0;
  for (let started = 0; started < count; started += 50) {
    const some = Array.from({ length: Math.min(50, count - started) }, () => slowReader(program.url, body));
    readers.push(...some.map(({ done }) => done));
    await Promise.all(some.map(({ begun }) => begun));
    peak = Math.max(peak, await program.memory());
  }
  await Promise.all(readers);
  add(`slow-${count}`, {
    beforeMb: before / 1e6,
    peakMb: peak / 1e6,
    afterMb: (await program.memory()) / 1e6,
    kBEach: (peak - before) / count / 1000,
  });
}

/** Holds its answer for two seconds, then reads it whole; fails where a token is missing. */
function slowReader(url: string, body: string): { begun: Promise<void>; done: Promise<void> } {
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<void>();
  const asked = request(`${url}/streambed/v1/generations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  asked.on('error', done.reject).on('response', async (response) => {
    begun.resolve();
    response.pause();
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    let marks = 0;
    for await (const bytes of response as AsyncIterable<Buffer>)
      marks += bytes.toString('latin1').split('|~').length - 1;
    // A mark may fall between two reads: few do.
    if (marks < 24_000) done.reject(new Error(`${marks} of 25,000 tokens`));
    else done.resolve();
  });
  asked.end(body);
  return { begun: begun.promise, done: done.promise };
}

async function measureSockets({ url, memory }: Program, idle: number, running: number): Promise<void> {
  const target = `${url.replace('http', 'ws')}/ws`;
  const open = async () => {
    const socket = new WebSocket(target, ['streambed.v1']);
    socket.on('message', (data: Buffer) => {
      if (data.toString().includes('"ping"')) socket.send('{"type":"pong"}');
    });
    await once(socket, 'open');
    return socket;
  };
  // One of everything first: code and caches are nobody's share.
  for (const socket of await Promise.all(Array.from({ length: 50 }, open))) socket.terminate();
  const empty = await memory();
  const sockets: WebSocket[] = [];
  while (sockets.length < idle) {
    const some = Math.min(200, idle - sockets.length);
    sockets.push(...(await Promise.all(Array.from({ length: some }, open))));
  }
  const withSockets = await memory();
  add(`idle-${idle}`, {
    beforeMb: empty / 1e6,
    afterMb: withSockets / 1e6,
    kBEach: (withSockets - empty) / idle / 1000,
  });

  let accepted = 0;
  const allRun = Promise.withResolvers<void>();
  for (const [index, socket] of sockets.slice(0, Math.ceil(running / 20)).entries()) {
    socket.on('message', (data: Buffer) => {
      if (data.toString().startsWith('{"type":"accepted"')) accepted += 1;
      if (accepted === running) allRun.resolve();
    });
    for (let turn = index * 20; turn < Math.min(running, index * 20 + 20); turn += 1) {
      const messages = [{ role: 'user', content: promptFor({ tokens: 2000, perSecond: 20 }) }];
      socket.send(
        JSON.stringify({
          type: 'generate',
          id: `g-${turn}`,
          request: { model: 'anthropic', max_tokens: 4000, messages },
        }),
      );
    }
  }
  await allRun.promise;
  // Each has some 200 events by then.
  await new Promise((resolve) => setTimeout(resolve, 10_000));
  const withGenerations = await memory();
  add(`running-${running}`, {
    afterMb: withGenerations / 1e6,
    kBEach: (withGenerations - withSockets) / running / 1000,
  });
  for (const socket of sockets) socket.terminate();
}

async function post(url: string, body: string): Promise<void> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  const text = await response.text();
  if (response.status !== 200) throw new Error(`${response.status} ${text.slice(0, 500)}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status === 200;
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}
