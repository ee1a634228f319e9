import { findModel } from '@streambed/model-facts';
import { describe, expect, it } from 'vitest';
import { events, invoke, llama3, said, textOf } from '../../test/ask.ts';
import { startEmulator } from '../index.ts';
import { llama } from './llama.ts';
import { readLlamaPrompt } from './llama-prompt.ts';

const malformed = (text: string) =>
  `Malformed input request: ${text}, please reformat your input and try again.`;

function refuse(id: string, body: unknown): void {
  const model = findModel(id);
  if (model === undefined) throw new Error(id);
  llama.parse(body, model, id);
}

describe('a body for Llama', () => {
  it.each([
    [{}, '#: required key [prompt] not found'],
    [
      { messages: [], max_tokens: 5, anthropic_version: 'x' },
      '#: required key [prompt] not found#: extraneous key [messages] is not permitted#: extraneous key [max_tokens] is not permitted#: extraneous key [anthropic_version] is not permitted',
    ],
    [{ prompt: '' }, '#/prompt: expected minLength: 1, actual: 0'],
    [{ prompt: 5 }, '#/prompt: expected type: String, found: Integer'],
    [{ prompt: 'x', max_gen_len: 2049 }, '#/max_gen_len: 2049 is not less or equal to 2048'],
    [{ prompt: 'x', max_gen_len: 0 }, '#/max_gen_len: 0 is not greater or equal to 1'],
    [{ prompt: 'x', max_gen_len: 1.5 }, '#/max_gen_len: expected type: Integer, found: BigDecimal'],
    [{ prompt: 'x', temperature: 1.1 }, '#/temperature: 1.1 is not less or equal to 1'],
    [{ prompt: 'x', top_p: -1 }, '#/top_p: -1 is not greater or equal to 0'],
    [{ prompt: 'x', stop: ['y'] }, '#: extraneous key [stop] is not permitted'],
    [{ prompt: 'x', images: [] }, '#: extraneous key [images] is not permitted'],
  ])('%j is refused', (body, text) => {
    expect(() => refuse(llama3, body)).toThrow(malformed(text));
  });

  it('takes images where the model sees', () => {
    expect(() =>
      refuse('us.meta.llama3-2-90b-instruct-v1:0', { prompt: 'x', images: ['aGk='] }),
    ).not.toThrow();
  });

  it('is refused when it is too long', () => {
    expect(() => refuse(llama3, { prompt: 'word '.repeat(20_000) })).toThrow(
      'Input is too long for requested model.',
    );
  });
});

describe('readLlamaPrompt', () => {
  const expected = {
    system: 'Be brief.',
    messages: [
      { role: 'user', text: 'One?' },
      { role: 'assistant', text: 'Yes.' },
      { role: 'user', text: 'Two?' },
    ],
  };
  it.each([
    [
      'Llama 3',
      '<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nBe brief.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nOne?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\nYes.<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nTwo?<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n',
    ],
    [
      'Llama 4',
      '<|begin_of_text|><|header_start|>system<|header_end|>\n\nBe brief.<|eot|><|header_start|>user<|header_end|>\n\nOne?<|eot|><|header_start|>assistant<|header_end|>\n\nYes.<|eot|><|header_start|>user<|header_end|>\n\nTwo?<|eot|><|header_start|>assistant<|header_end|>\n\n',
    ],
    ['Llama 2', '<s>[INST] <<SYS>>\nBe brief.\n<</SYS>>\n\nOne? [/INST] Yes. </s><s>[INST] Two? [/INST]'],
  ])('reads the template of %s', (_, prompt) => {
    expect(readLlamaPrompt(prompt)).toMatchObject(expected);
  });

  it('takes anything else for a user', () => {
    expect(readLlamaPrompt('Just text')).toMatchObject({
      system: '',
      messages: [{ role: 'user', text: 'Just text' }],
    });
  });
});

describe("Llama's stream", () => {
  it('counts up, tells the prompt once, and ends with an event of its own', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const all = await events(emulator, llama3, { prompt: '/say one two three' });
    const { 'amazon-bedrock-invocationMetrics': metrics, ...last } = all.at(-1);
    expect(all.slice(0, -1)).toEqual([
      { generation: 'one', prompt_token_count: 5, generation_token_count: 1, stop_reason: null },
      { generation: ' two', prompt_token_count: null, generation_token_count: 2, stop_reason: null },
      { generation: ' three', prompt_token_count: null, generation_token_count: 3, stop_reason: null },
    ]);
    expect(last).toEqual({
      generation: '',
      prompt_token_count: null,
      generation_token_count: 3,
      stop_reason: 'stop',
    });
    expect(metrics).toMatchObject({ inputTokenCount: 5, outputTokenCount: 3 });
  });

  it('ends on its last token when the length ends it', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    const body = { prompt: '/long 100', max_gen_len: 7 };
    const all = await events(emulator, llama3, body);
    expect(all).toHaveLength(7);
    expect(all.at(-1)).toMatchObject({ generation_token_count: 7, stop_reason: 'length' });
    expect(all.at(-1).generation).not.toBe('');
    const { json, headers } = await invoke(emulator, llama3, body);
    expect(json).toEqual({
      generation: textOf(all),
      prompt_token_count: all[0].prompt_token_count,
      generation_token_count: 7,
      stop_reason: 'length',
    });
    expect(headers.get('x-amzn-bedrock-output-token-count')).toBe('7');
    expect(headers.get('x-amzn-bedrock-cache-read-input-token-count')).toBeNull();
  });

  it('writes 512 tokens unless told otherwise', async () => {
    await using emulator = await startEmulator({ pace: 'instant' });
    expect((await invoke(emulator, llama3, { prompt: '/long 2000' })).json.generation_token_count).toBe(512);
  });

  it('says an empty answer in one event', async () => {
    await using emulator = await startEmulator({ pace: 'instant', script: () => ({ blocks: [] }) });
    expect(await events(emulator, llama3, { prompt: 'x' })).toMatchObject([
      { generation: '', prompt_token_count: 1, generation_token_count: 1, stop_reason: 'stop' },
    ]);
    expect(await said(emulator, 'x')).toBe('');
  });
});
