import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failing, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { ask, openFrameSocket, openModelSocket, startGateway, stopOf } from './gateway.ts';

/** The alias is told to wait for little; everything else has the defaults, which are minutes. */
const file = (timeouts: string) => `aliases:
  hasty:
    timeouts: { ${timeouts} }
    targets: [{ model: us.anthropic.claude-haiku-4-5-20251001-v1:0 }]
`;
const question = [{ role: 'user', content: 'Hello' }];
const messages = { model: 'hasty', max_tokens: 10, messages: question };
const converse = { messages: [{ role: 'user', content: [{ text: 'Hello' }] }] };

/** Each surface with a stream, and what its clients read of the failure. */
const surfaces: readonly [string, string, object][] = [
  ['our own API', '/streambed/v1/generations', { request: messages }],
  ['Anthropic', '/v1/messages', { ...messages, stream: true }],
  ['OpenAI chat', '/v1/chat/completions', { model: 'hasty', messages: question, stream: true }],
  ['OpenAI responses', '/v1/responses', { model: 'hasty', input: 'Hello', stream: true }],
  ['Bedrock', '/model/hasty/converse-stream', converse],
];

const kinds: readonly [string, string, number][] = [
  // Before the first event the status says it; after it the stream does.
  ['SB_TIMEOUT_TOTAL', 'first_event_ms: 60000, total_ms: 150', 1],
  ['SB_TIMEOUT_IDLE', 'idle_ms: 150', 4],
];

test.each(kinds)('the deadlines of an alias count on every surface: %s', async (code, timeouts, after) => {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-hasty-'));
  const config = join(folder, 'streambed.yaml');
  writeFileSync(config, file(timeouts));
  try {
    await using gateway = await startGateway({
      emulator: { script: () => failing(say(['One ', 'two ', 'three.']), { type: 'stall', after }) },
      argv: ['--config', config],
    });
    for (const [name, path, body] of surfaces) {
      const response = await fetch(`${gateway.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
      const generation = response.headers.get('x-streambed-generation');
      const text = await response.text();
      const standing = await fetch(`${gateway.url}/streambed/v1/generations/${generation}`);
      expect({ name, standing: await standing.json() }).toMatchObject({
        name,
        standing: { state: 'failed', stop: { state: 'failed', error: { code } } },
      });
      // Whatever the words are: it is no good end.
      expect({ name, text }).not.toMatchObject({
        text: expect.stringMatching(
          /message_stop|\[DONE\]|response\.completed|messageStop|"state":"completed"/,
        ),
      });
    }
    await using client = await openFrameSocket(gateway);
    client.send(ask('one', 'go', { request: messages }));
    expect(stopOf(await client.untilStop())).toMatchObject({ state: 'failed', error: { code } });
    await using plain = await openModelSocket(gateway, 'model=hasty&streaming=1');
    plain.send('go');
    expect((await plain.until((said) => said.startsWith('error:'))).at(-1)).toContain(code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
