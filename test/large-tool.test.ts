import type { ServerFrame } from '@streambed/protocol/frames';
import { expect, test } from 'vitest';
import { ask, folded, lastSeq, openFrameSocket, stopOf } from '../apps/server/test/gateway.ts';
import { claudeToolEvents, streamBody } from './support/frames.ts';
import { seededRandom } from './support/random.ts';
import { startReplayServer } from './support/replay-server.ts';
import { startInProcess, upstreamAt } from './support/servers.ts';

/**
 * An argument of a megabyte is more than the emulator's models may write, as it is more than most of AWS's: the bytes
 * of this answer are made by hand, with AWS's own codec.
 */
test('a reload in mid-tool, with an argument of a megabyte: every byte once, live, late and in pieces', async () => {
  const input = {
    lines: Array.from({ length: 16_000 }, (_, index) => `line ${index}: ${'ä"\\n🌊'.repeat(6)}`),
  };
  const json = JSON.stringify(input);
  expect(Buffer.byteLength(json)).toBeGreaterThan(1024 * 1024);
  const pieces: string[] = [];
  // Never through the middle of an emoji: Claude doesn't either.
  const characters = [...json];
  for (let at = 0; at < characters.length; at += 50) pieces.push(characters.slice(at, at + 50).join(''));
  const body = streamBody(claudeToolEvents('store', pieces));
  const gate = Promise.withResolvers<void>();
  await using upstream = await startReplayServer({
    random: seededRandom('large tool'),
    answer: () => ({
      status: 200,
      headers: {
        'Content-Type': 'application/vnd.amazon.eventstream',
        'X-Amzn-Bedrock-Content-Type': 'application/json',
      },
      body,
      hold: { after: body.length >> 1, gate: gate.promise },
    }),
  });
  await using server = await startInProcess(upstreamAt(upstream.url));
  const request = {
    model: 'anthropic',
    max_tokens: 64_000,
    messages: [{ role: 'user', content: 'go' }],
    tools: [{ name: 'store', input_schema: { type: 'object' } }],
  };

  const before: ServerFrame[] = [];
  {
    await using page = await openFrameSocket(server);
    page.send(ask('tool', '', { request }));
    while (lastSeq(before) < pieces.length / 3) before.push(await page.next());
  }
  gate.resolve();
  await using reloaded = await openFrameSocket(server);
  const after = lastSeq(before);
  reloaded.send({ type: 'attach', id: 'tool', after });
  const rest = await reloaded.untilStop();
  lastSeq(rest, after);
  expect(stopOf(rest)).toMatchObject({ state: 'completed', stop_reason: 'tool_use' });

  const whole = folded([...before, ...rest]);
  expect(whole.content).toHaveLength(1);
  expect(whole.content[0]).toMatchObject({ type: 'tool_use', name: 'store' });
  // Compared here: a difference of megabytes would be no help.
  expect(JSON.stringify(whole.content[0]?.input) === json).toBe(true);

  await using late = await openFrameSocket(server);
  late.send({ type: 'attach', id: 'tool' });
  const again = folded(await late.untilStop());
  expect(JSON.stringify(again) === JSON.stringify(whole)).toBe(true);
  const byHttp = await fetch(`${server.url}/streambed/v1/generations/tool?include=message`);
  const { message } = (await byHttp.json()) as { message: object };
  expect(JSON.stringify(message) === JSON.stringify(whole)).toBe(true);
  await upstream.idle();
}, 60_000);
