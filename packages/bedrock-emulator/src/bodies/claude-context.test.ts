import { expect, it } from 'vitest';
import { events, haiku, invoke, type Json, messages, sonnet4 } from '../../test/ask.ts';
import { startEmulator } from '../index.ts';

/** What Claude's own body remembers, seals and cites: the same as through Converse, in its own shapes. */

it('writes a marked prompt to the cache, reads it, and says so in usage, headers and metrics', async () => {
  await using emulator = await startEmulator({ pace: 'instant' });
  const system = [
    { type: 'text', text: 'A long prompt. '.repeat(1500), cache_control: { type: 'ephemeral' } },
  ];
  const body = messages('/say ok', { system });
  const first = await invoke(emulator, sonnet4, body);
  const written = first.json.usage.cache_creation_input_tokens as number;
  expect(written).toBeGreaterThan(1024);
  expect(first.json.usage).toMatchObject({ cache_read_input_tokens: 0, input_tokens: expect.any(Number) });
  expect(first.json.usage.input_tokens).toBeLessThan(20);
  expect(first.headers.get('x-amzn-bedrock-cache-write-input-token-count')).toBe(String(written));

  const second = await invoke(emulator, sonnet4, body);
  expect(second.json.usage).toMatchObject({
    cache_creation_input_tokens: 0,
    cache_read_input_tokens: written,
  });
  expect(second.headers.get('x-amzn-bedrock-cache-read-input-token-count')).toBe(String(written));
  const streamed = await events(emulator, sonnet4, body);
  expect(streamed[0]?.message.usage).toMatchObject({ cache_read_input_tokens: written });
  expect(streamed.at(-1)?.['amazon-bedrock-invocationMetrics']).toMatchObject({
    cacheReadInputTokenCount: written,
    cacheWriteInputTokenCount: 0,
  });
});

it('takes its own thinking back, and nobody else’s', async () => {
  await using emulator = await startEmulator({ pace: 'instant' });
  const thinking = { type: 'enabled', budget_tokens: 1024 };
  const { json } = await invoke(emulator, haiku, messages('/think Where?\n/say There.', { thinking }));
  const back = (block: Json) =>
    invoke(emulator, haiku, {
      ...messages('', { thinking }),
      messages: [
        { role: 'user', content: 'Where?' },
        { role: 'assistant', content: [block, { type: 'text', text: 'There.' }] },
        { role: 'user', content: 'Sure?' },
      ],
    });
  const [thought] = json.content as Json[];
  expect((await back(thought)).status).toBe(200);
  for (const changed of [{ thinking: 'Here.' }, { signature: 'RXRrQg==' }]) {
    const refused = await back({ ...thought, ...changed });
    expect(refused.json.message).toBe('messages.1.content.0: Invalid `signature` in `thinking` block');
  }
  const trigger = messages('ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_1', { thinking });
  const [sealed] = (await invoke(emulator, haiku, trigger)).json.content as Json[];
  expect(sealed).toEqual({ type: 'redacted_thinking', data: expect.stringMatching(/^Et/) });
  expect((await back(sealed)).status).toBe(200);
  expect((await back({ type: 'redacted_thinking', data: 'AAAA' })).status).toBe(400);
});

it('cites documents when it is asked to', async () => {
  await using emulator = await startEmulator({ pace: 'instant' });
  const document = {
    type: 'document',
    title: 'facts',
    source: { type: 'text', media_type: 'text/plain', data: 'It is red. Ruby was created by Matz.' },
    citations: { enabled: true },
  };
  const body = {
    ...messages(''),
    messages: [{ role: 'user', content: [document, { type: 'text', text: 'Who created Ruby?' }] }],
  };
  const citation = {
    type: 'char_location',
    cited_text: ' Ruby was created by Matz.',
    document_index: 0,
    document_title: 'facts',
    start_char_index: 10,
    end_char_index: 36,
  };
  const { json } = await invoke(emulator, haiku, body);
  expect(json.content[1]).toEqual({ type: 'text', text: 'Ruby was created by Matz.', citations: [citation] });
  const deltas = (await events(emulator, haiku, body)).map(({ delta }) => delta);
  expect(deltas).toContainEqual({ type: 'citations_delta', citation });
});
