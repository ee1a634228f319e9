import { describe, expect, it } from 'vitest';
import {
  events,
  haiku,
  invoke,
  type Json,
  messages,
  oldHaiku,
  opus48,
  sonnet4,
  textOf,
} from '../../test/ask.ts';
import { say, startEmulator } from '../index.ts';

/** The keys of an object and of the objects in it, in order. */
function keys(value: Json): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return Object.entries(value).map(([key, inner]) => {
    const deeper = keys(inner);
    return deeper === null ? key : [key, deeper];
  });
}

describe("Claude's answer", () => {
  it.each([
    [
      oldHaiku,
      [
        'id',
        'type',
        'role',
        'model',
        'content',
        'stop_reason',
        'stop_sequence',
        ['usage', ['input_tokens', 'output_tokens']],
      ],
    ],
    [
      sonnet4,
      [
        'id',
        'type',
        'role',
        'model',
        'content',
        'stop_reason',
        'stop_sequence',
        [
          'usage',
          ['input_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens', 'output_tokens'],
        ],
      ],
    ],
    [
      haiku,
      [
        'model',
        'id',
        'type',
        'role',
        'content',
        'stop_reason',
        'stop_sequence',
        'stop_details',
        [
          'usage',
          [
            'input_tokens',
            'cache_creation_input_tokens',
            'cache_read_input_tokens',
            ['cache_creation', ['ephemeral_5m_input_tokens', 'ephemeral_1h_input_tokens']],
            'output_tokens',
          ],
        ],
      ],
    ],
  ])('has the keys and the order recorded for %s', async (model, expected) => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const { json } = await invoke(emulator, model, messages('/say hi'));
    expect(keys(json)).toEqual(expected);
    const [start] = await events(emulator, model, messages('/say hi'));
    expect(keys(start.message)).toEqual(expected);
    expect(start.message).toMatchObject({ content: [], stop_reason: null, stop_sequence: null });
  });

  it('names the model and the message as recorded', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const named = async (model: string) => (await invoke(emulator, model, messages('hi'))).json;
    expect(await named('anthropic.claude-v2:1')).toMatchObject({
      model: 'claude-2.1',
      id: expect.stringMatching(/^msg_bdrk_01[1-9A-HJ-NP-Za-km-z]{22}$/),
    });
    expect(await named('us.anthropic.claude-opus-4-6-v1')).toMatchObject({ model: 'claude-opus-4-6' });
    expect(await named(opus48)).toMatchObject({
      model: 'claude-opus-4-8',
      id: expect.stringMatching(/^msg_bdrk_[a-z2-7]{52}$/),
    });
  });

  it('honours max_tokens and stop sequences, whole and streamed', async () => {
    await using emulator = await startEmulator({ pace: 'instant', script: () => say('one two three four') });
    const limited = messages('x', { max_tokens: 2 });
    expect((await invoke(emulator, haiku, limited)).json).toMatchObject({
      content: [{ text: 'one two' }],
      stop_reason: 'max_tokens',
      stop_sequence: null,
      usage: { output_tokens: 2 },
    });
    const stopped = messages('x', { stop_sequences: ['four', ' th'] });
    expect((await invoke(emulator, haiku, stopped)).json).toMatchObject({
      content: [{ text: 'one two' }],
      stop_reason: 'stop_sequence',
      stop_sequence: ' th',
    });
    const all = await events(emulator, haiku, stopped);
    expect(textOf(all)).toBe('one two');
    expect(all.at(-2)).toMatchObject({
      type: 'message_delta',
      delta: { stop_reason: 'stop_sequence', stop_sequence: ' th' },
    });
  });

  it('streams thinking, text and calls as Messages events', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const body = messages('/think Hm, yes.\n/say Calling.\n/tool get_weather {"city": "San Francisco"}', {
      thinking: { type: 'enabled', budget_tokens: 1024 },
    });
    const all = await events(emulator, haiku, body);
    expect(
      all.filter(({ type }) => type === 'content_block_start').map((event) => event.content_block),
    ).toEqual([
      { type: 'thinking', thinking: '', signature: '' },
      { type: 'text', text: '' },
      { type: 'tool_use', id: expect.stringMatching(/^toolu_bdrk_01/), name: 'get_weather', input: {} },
    ]);
    const thinking = all.filter(({ index, type }) => type === 'content_block_delta' && index === 0);
    expect(thinking.map(({ delta }) => delta.thinking ?? '').join('')).toBe('Hm, yes.');
    expect(thinking.at(-1).delta).toEqual({ type: 'signature_delta', signature: expect.any(String) });
    const input = all
      .filter(({ delta }) => delta?.type === 'input_json_delta')
      .map(({ delta }) => delta.partial_json);
    expect(input[0]).toBe('');
    expect(input.join('')).toBe('{"city": "San Francisco"}');
    expect(all.at(-2).delta.stop_reason).toBe('tool_use');
    expect(all.at(-1)).toMatchObject({
      type: 'message_stop',
      'amazon-bedrock-invocationMetrics': { inputTokenCount: all[0].message.usage.input_tokens },
    });
  });

  it('leaves thinking text out on models that only think adaptively, unless it is asked for', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const ask = (display?: string) =>
      invoke(
        emulator,
        opus48,
        messages('/think Hm.\n/say Yes.', { thinking: { type: 'adaptive', display } }),
      );
    expect((await ask()).json.content[0]).toMatchObject({ type: 'thinking', thinking: '' });
    expect((await ask('summarized')).json.content[0]).toMatchObject({ type: 'thinking', thinking: 'Hm.' });
  });

  it('is a text completion for the first models', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const body = { prompt: '\n\nHuman: /say well\n\nAssistant:', max_tokens_to_sample: 100 };
    expect((await invoke(emulator, 'anthropic.claude-v2', body)).json).toEqual({
      type: 'completion',
      completion: ' well',
      stop_reason: 'stop_sequence',
      stop: '\n\nHuman:',
    });
    const all = await events(emulator, 'anthropic.claude-v2', body);
    expect(all.map(({ completion }) => completion).join('')).toBe(' well');
    expect(all.at(-1)).toMatchObject({
      completion: '',
      stop: '\n\nHuman:',
      'amazon-bedrock-invocationMetrics': {},
    });
    expect((await invoke(emulator, 'anthropic.claude-v2', { prompt: 'x' })).json.message).toBe(
      'Malformed input request: #: required key [max_tokens_to_sample] not found, please reformat your input and try again.',
    );
    expect((await invoke(emulator, oldHaiku, body)).json.message).toContain(
      'required key [messages] not found',
    );
  });
});
