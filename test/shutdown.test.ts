import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startEmulator } from '@streambed/bedrock-emulator';
import type { ServerFrame } from '@streambed/protocol/frames';
import { describe, expect, onTestFinished, test } from 'vitest';
import { chunkFrame, claudeEvents } from './support/frames.ts';
import { type Exchange, startReplayServer } from './support/replay-server.ts';
import { runToEnd, startAsChild, startInProcess, upstreamAt } from './support/servers.ts';
import { connect } from './support/websocket.ts';

const deltas = ['Half ', 'an ', 'answer ', 'and ', 'the ', 'other ', 'half.'];

/** An answer that waits in its middle until `gate` opens. */
function heldAnswer(gate: Promise<unknown>): Exchange {
  const frames = claudeEvents(deltas).map((event) => chunkFrame(event));
  return {
    status: 200,
    headers: { 'Content-Type': 'application/vnd.amazon.eventstream' },
    body: Buffer.concat(frames),
    hold: { after: Buffer.concat(frames.slice(0, 4)).length, gate },
  };
}

describe('the server as a program, told to stop', () => {
  test('SIGTERM in mid-stream: running answers end whole, then it exits 0', async () => {
    const gate = Promise.withResolvers<void>();
    await using replay = await startReplayServer({ answer: () => heldAnswer(gate.promise) });
    await using server = await startAsChild(upstreamAt(replay.url));
    await using plain = await connect(`${server.url}/ws/model?model=anthropic&streaming=1`);
    await using framed = await connect(`${server.url}/ws`, { protocol: 'streambed.v1' });
    plain.send('Tell me.');
    framed.send(
      JSON.stringify({
        type: 'generate',
        id: randomUUID(),
        request: { model: 'anthropic', max_tokens: 64, messages: [{ role: 'user', content: 'Tell me.' }] },
      }),
    );
    await plain.next();
    await framed.until((text) => text.includes('content_block_delta'));

    server.signal('SIGTERM');
    // The signal has arrived; only then does the model go on.
    await framed.until((text) => text.includes('"goaway"'));
    gate.resolve();

    await plain.closed;
    expect(plain.messages.join('')).toBe(deltas.join(''));
    await framed.closed;
    const frames = framed.messages.map((text) => JSON.parse(text) as ServerFrame);
    const events = frames.flatMap((frame) => (frame.type === 'event' ? [frame.event] : []));
    expect(events.at(-1)).toMatchObject({ type: 'generation_stop', state: 'completed' });
    expect(await server.exited).toMatchObject({ code: 0 });
  });

  test('while it drains it takes no new work', async () => {
    const gate = Promise.withResolvers<void>();
    await using replay = await startReplayServer({ answer: () => heldAnswer(gate.promise) });
    await using server = await startAsChild(upstreamAt(replay.url));
    await using framed = await connect(`${server.url}/ws`, { protocol: 'streambed.v1' });
    const generate = (ref: string) =>
      JSON.stringify({
        type: 'generate',
        ref,
        id: randomUUID(),
        request: { model: 'anthropic', max_tokens: 64, messages: [{ role: 'user', content: 'Tell me.' }] },
      });
    framed.send(generate('running'));
    await framed.until((text) => text.includes('content_block_delta'));
    server.signal('SIGTERM');
    await framed.until((text) => text.includes('"goaway"'));
    framed.send(generate('late'));
    const [refusal] = (await framed.until((text) => text.includes('"late"'))).slice(-1);
    expect(JSON.parse(refusal ?? '')).toMatchObject({ type: 'rejected', error: { code: 'SB_DRAINING' } });
    gate.resolve();
    await framed.until((text) => text.includes('"generation_stop"'));
    expect(await server.exited).toMatchObject({ code: 0 });
  });

  test('what runs past the drain ends interrupted, in the ledger too, and it exits 0', async () => {
    const data = mkdtempSync(join(tmpdir(), 'streambed-drain-'));
    onTestFinished(() => rmSync(data, { recursive: true, force: true }));
    await using replay = await startReplayServer({ answer: () => heldAnswer(new Promise(() => {})) });
    const env = { STREAMBED_DRAIN_MS: '300', STREAMBED_DATA_DIR: data };
    await using server = await startAsChild(upstreamAt(replay.url, { env }));
    await using plain = await connect(`${server.url}/ws/model?model=anthropic&streaming=1`);
    plain.send('Tell me.');
    await plain.next();
    const messages = [{ role: 'user', content: 'Tell me.' }];
    const streamed = await fetch(`${server.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'anthropic', messages, stream: true }),
    });
    const startedAt = performance.now();
    server.signal('SIGTERM');
    expect(await streamed.text()).toContain('SB_INTERRUPTED');
    await plain.closed;
    expect(plain.messages.at(-1)).toMatch(/^error: .*SB_INTERRUPTED/);
    expect(await server.exited).toMatchObject({ code: 0 });
    // The drain, and what the last words may take.
    expect(performance.now() - startedAt).toBeLessThan(15_000);
    using file = new DatabaseSync(join(data, 'streambed.db'), { readOnly: true });
    const rows = file.prepare('select surface, state, error_code from usage order by surface').all();
    expect(rows.map((row) => ({ ...row }))).toEqual([
      { surface: 'model-socket', state: 'interrupted', error_code: 'SB_INTERRUPTED' },
      { surface: 'openai', state: 'interrupted', error_code: 'SB_INTERRUPTED' },
    ]);
  });

  test('a second signal ends it at once', async () => {
    await using replay = await startReplayServer({ answer: () => heldAnswer(new Promise(() => {})) });
    await using server = await startAsChild(upstreamAt(replay.url));
    await using framed = await connect(`${server.url}/ws`, { protocol: 'streambed.v1' });
    await using plain = await connect(`${server.url}/ws/model?model=anthropic&streaming=1`);
    plain.send('Tell me.');
    await plain.next();
    server.signal('SIGTERM');
    await framed.until((text) => text.includes('"goaway"'));
    server.signal('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 128 + constants.signals.SIGTERM });
  });

  test('with nothing running SIGTERM and SIGINT end it with 0', async () => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      await using server = await startAsChild();
      await using idle = await connect(`${server.url}/ws/model?model=anthropic`);
      server.signal(signal);
      expect(await idle.closed).toMatchObject({ code: 1001 });
      expect(await server.exited).toMatchObject({ code: 0 });
    }
  });
});

test('a busy port is one clear line', async () => {
  await using server = await startInProcess();
  const { port } = new URL(server.url);
  const { code, output } = await runToEnd({ argv: ['--port', port] });
  expect(code).not.toBe(0);
  const lines = output.trim().split('\n');
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(port);
  expect(lines[0]).toMatch(/in use|busy|taken/i);
});

test('a socket that goes away in mid-stream ends its upstream request: the emulator says so', async () => {
  await using emulator = await startEmulator({
    pace: { firstTokenMs: 1, tokensPerSecond: 5, jitter: 0 },
    seed: 1,
  });
  await using server = await startInProcess(upstreamAt(emulator.url));
  for (const leave of ['close', 'terminate'] as const) {
    await using socket = await connect(`${server.url}/ws/model?model=anthropic&streaming=1`);
    socket.send('Tell me a long story.');
    await socket.next();
    expect(emulator.open).toBe(1);
    socket.socket[leave]();
    await emulator.idle();
    expect(emulator.open).toBe(0);
  }
});
