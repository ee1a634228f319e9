import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { chunkFrame, claudeEvents } from './support/frames.ts';
import { awsError, startReplayServer } from './support/replay-server.ts';
import { startAsChild, upstreamAt } from './support/servers.ts';
import { connect } from './support/websocket.ts';

test('what people ask and what models answer is in no log, however much is logged and whatever fails', async () => {
  const secret = 'the-secret-prompt';
  const answer = 'the-secret-answer';
  const frames = claudeEvents([answer]).map((event) => chunkFrame(event));
  await using replay = await startReplayServer({
    answer: ({ body }) => {
      const text = body.toString('utf8');
      if (text.includes('refuse')) return awsError(400, 'ValidationException', 'The request is wrong.');
      return {
        status: 200,
        headers: { 'Content-Type': 'application/vnd.amazon.eventstream' },
        body: Buffer.concat(text.includes('cut') ? frames.slice(0, 3) : frames),
      };
    },
  });
  await using server = await startAsChild(upstreamAt(replay.url, { env: { STREAMBED_LOG_LEVEL: 'trace' } }));
  await using plain = await connect(
    `${server.url}/ws/model?model=anthropic&streaming=1&system=${secret}-of-the-system`,
  );
  for (const kind of ['fine', 'cut', 'refuse']) plain.send(`${secret} ${kind}`);
  await plain.until((message) => message.includes('The request is wrong.'));
  expect(plain.messages.join('')).toContain(answer);

  await using framed = await connect(`${server.url}/ws`, { protocol: 'streambed.v1' });
  for (const content of [`${secret} fine`, 42]) {
    const request = { model: 'anthropic', max_tokens: 9, messages: [{ role: 'user', content }] };
    framed.send(JSON.stringify({ type: 'generate', id: randomUUID(), request }));
  }
  framed.send(`{"type":"generate","${secret}":`);
  await framed.until((text) => text.includes('generation_stop'));
  await fetch(`${server.url}/nowhere?q=${secret}`);

  server.signal('SIGTERM');
  const { output } = await server.exited;
  expect(output).not.toContain(secret);
  expect(output).not.toContain(answer);
  expect(output).not.toContain('wJalrXUtnFEMI');
});
