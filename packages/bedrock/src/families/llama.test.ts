import { findModel } from '@streambed/model-facts';
import { type EncodedEvent, emptyMessage, fold } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { llamaEvents } from '../../../../test/support/frames.ts';
import type { FamilyModel, WireEvent } from './family.ts';
import { llama } from './llama.ts';

const model = (id: string): FamilyModel => ({ id, facts: findModel(id) });
const llama33 = model('meta.llama3-3-70b-instruct-v1:0');

const hi = [{ role: 'user' as const, content: 'Hi' }];
const header = (role: string) => `<|start_header_id|>${role}<|end_header_id|>\n\n`;

function wire(request: object, to = llama33) {
  return llama.toWire({ model: 'llama3', max_tokens: 100, messages: hi, ...request } as never, to, true);
}

function chunk(native: unknown): WireEvent {
  const bytes = Buffer.from(JSON.stringify(native)).toString('base64');
  return { type: 'chunk', payload: Buffer.from(JSON.stringify({ bytes, p: 'ab' })) };
}

function read(natives: readonly unknown[], stop_sequences?: string[]) {
  const request = { model: 'llama3', messages: [], ...(stop_sequences !== undefined && { stop_sequences }) };
  const reader = llama.fromWire(llama33, { request, messageId: 'msg_test' });
  const into: EncodedEvent[] = [];
  for (const native of natives) reader.read(chunk(native), into);
  return { reader, into, message: into.reduce((so_far, { event }) => fold(so_far, event), emptyMessage) };
}

describe("Llama's request", () => {
  it('writes the whole conversation as one prompt', () => {
    const { body, dropped, defaulted } = wire({
      system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'One' },
            { type: 'text', text: 'Two' },
          ],
        },
        { role: 'user', content: 'Three' },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'hm', signature: 's' },
            { type: 'text', text: 'Yes' },
          ],
        },
        { role: 'user', content: 'Four' },
      ],
      temperature: 0.2,
      top_p: 0.8,
      top_k: 5,
      metadata: { user_id: 'u' },
    });
    expect(JSON.parse(body)).toEqual({
      prompt: `<|begin_of_text|>${header('system')}Be brief.<|eot_id|>${header('user')}One\n\nTwo\n\nThree<|eot_id|>${header('assistant')}Yes<|eot_id|>${header('user')}Four<|eot_id|>${header('assistant')}`,
      max_gen_len: 100,
      temperature: 0.2,
      top_p: 0.8,
    });
    expect(dropped).toEqual(['top_k', 'metadata', 'cache_control', 'messages[2].content[0]']);
    expect(defaulted).toBeUndefined();
  });

  it('asks for no more than Bedrock lets Llama write, and says so', () => {
    const { body, defaulted } = wire({ max_tokens: 8192 });
    expect(JSON.parse(body)).toMatchObject({ max_gen_len: 2048 });
    expect(defaulted).toEqual(['max_tokens=2048']);
  });

  it("uses Llama 2's template for Llama 2", () => {
    expect(JSON.parse(wire({}, model('meta.llama2-13b-chat-v1')).body).prompt).toBe('<s>[INST] Hi [/INST]');
  });

  it('owns Llama 2 and 3, not 4', () => {
    const owned = [
      'meta.llama2-13b-chat-v1',
      'meta.llama3-1-8b-instruct-v1:0',
      'meta.llama3-8b-instruct-v1:0',
    ];
    for (const id of owned) expect(llama.owns(model(id))).toBe(true);
    expect(llama.owns(model('meta.llama4-scout-17b-instruct-v1:0'))).toBe(false);
  });

  it.each([
    ['tools', { tools: [{ name: 'f' }] }, 'request.tools'],
    ['thinking', { thinking: { type: 'adaptive' } }, 'request.thinking'],
    [
      'images',
      { messages: [{ role: 'user', content: [{ type: 'image', source: { type: 'base64' } }] }] },
      'request.messages[0].content[0]',
    ],
    ['an empty stop sequence', { stop_sequences: ['a', ''] }, 'request.stop_sequences[1]'],
  ])('refuses %s, naming the field', (_what, request, field) => {
    expect(() => wire(request)).toThrow(expect.objectContaining({ field }));
  });

  it('takes fields that ask for nothing', () => {
    expect(wire({ tools: [], thinking: { type: 'disabled' } }).dropped).toEqual([]);
  });
});

describe("Llama's stream", () => {
  it('comes out as the same Messages events as Claude', () => {
    const { into, reader } = read(llamaEvents(['Hel', 'lo']));
    expect(into.map(({ event }) => event)).toEqual([
      {
        type: 'message_start',
        message: {
          id: 'msg_test',
          type: 'message',
          role: 'assistant',
          model: 'meta.llama3-3-70b-instruct-v1:0',
          content: [],
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: 23 },
        },
      },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hel' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'lo' } },
      { type: 'content_block_stop', index: 0 },
      {
        type: 'message_delta',
        delta: { stop_reason: 'end_turn', stop_sequence: null },
        usage: { input_tokens: 23, output_tokens: 2 },
      },
      { type: 'message_stop' },
    ]);
    expect(reader.end([])).toMatchObject({
      stop: { stop_reason: 'end_turn', raw: 'stop' },
      usage: { input_tokens: 23, output_tokens: 2 },
    });
  });

  it("trims the two line breaks that repeat the template's, once", () => {
    expect(read(llamaEvents(['\n\nA', '\n\nB'])).message.content).toEqual([{ type: 'text', text: 'A\n\nB' }]);
    expect(read(llamaEvents(['', '\n\nA'])).message.content).toEqual([{ type: 'text', text: 'A' }]);
    expect(read(llamaEvents(['\n', '\nA'])).message.content).toEqual([{ type: 'text', text: '\n\nA' }]);
  });

  it('ends at a stop sequence, also one that came in pieces, and wants no more', () => {
    const { message, reader, into } = read(llamaEvents(['One, two, EN', 'D and', ' more', '.']), ['END']);
    expect(message).toMatchObject({
      content: [{ type: 'text', text: 'One, two, ' }],
      stop_reason: 'stop_sequence',
      stop_sequence: 'END',
      usage: { output_tokens: 2 },
    });
    expect(reader.done).toBe(true);
    expect(into.filter(({ event }) => event.type === 'message_stop')).toHaveLength(1);
    expect(reader.end([]).stop).toEqual({ stop_reason: 'stop_sequence', stop_sequence: 'END' });
  });

  it('shows what only looked like a stop sequence when the model is done', () => {
    expect(read(llamaEvents(['One EN']), ['END']).message.content).toEqual([
      { type: 'text', text: 'One EN' },
    ]);
  });

  it('cuts a whole answer at a stop sequence too', () => {
    const request = { model: 'llama3', messages: [], stop_sequences: ['\n'] };
    const reader = llama.fromWire(llama33, { request, messageId: 'msg_test' });
    const into: EncodedEvent[] = [];
    const whole = {
      generation: '\n\nA\nB',
      prompt_token_count: 1,
      generation_token_count: 4,
      stop_reason: 'stop',
    };
    reader.readWhole(JSON.stringify(whole), into);
    const message = into.reduce((so_far, { event }) => fold(so_far, event), emptyMessage);
    expect(message).toMatchObject({ content: [{ text: 'A' }], stop_sequence: '\n' });
  });

  it('keeps a stop reason that it does not know', () => {
    const last = { generation: '', generation_token_count: 1, stop_reason: 'content_filtered' };
    expect(read([last]).message.stop_reason).toBe('content_filtered');
  });

  it('is a cut without a stop reason; what was held back is still shown', () => {
    const { reader, into } = read(llamaEvents(['One EN', 'x']).slice(0, 1), ['END']);
    expect(() => reader.end(into)).toThrow(expect.objectContaining({ code: 'SB_UPSTREAM_CUT' }));
    const message = into.reduce((so_far, { event }) => fold(so_far, event), emptyMessage);
    expect(message.content).toEqual([{ type: 'text', text: 'One EN' }]);
  });

  it('is not Bedrock when there is no generation', () => {
    expect(() => read([{ outputs: [] }])).toThrow(
      expect.objectContaining({ code: 'SB_UPSTREAM_UNEXPECTED' }),
    );
  });
});
