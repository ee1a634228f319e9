import { startEmulator } from '@streambed/bedrock-emulator';
import { findModel, models } from '@streambed/model-facts';
import type { Message, MessagesRequest } from '@streambed/protocol';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { calling, clientAt, collect, hello } from '../../test/run.ts';
import type { Bedrock } from '../index.ts';
import { withReasoningEffort } from './reasoning-effort.ts';

type Effort = NonNullable<NonNullable<MessagesRequest['bedrock']>['reasoning_effort']>;

const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';

/** What the request became, without what every request has. */
function asked(id: string, effort: Effort, more: Partial<MessagesRequest> = {}) {
  const request = {
    ...hello,
    ...more,
    max_tokens: more.max_tokens ?? 8192,
    bedrock: { reasoning_effort: effort },
  };
  const { request: became, dropped } = withReasoningEffort(request, { id, facts: findModel(id) });
  const { model: _, messages: __, max_tokens: ___, bedrock, tools: ____, ...rest } = became;
  expect(bedrock).toEqual({});
  return { ...rest, dropped };
}

describe('withReasoningEffort', () => {
  it.each<[string, Effort, object]>([
    [haiku, 'high', { thinking: { type: 'enabled', budget_tokens: 6553 } }],
    [haiku, 'minimal', { thinking: { type: 'enabled', budget_tokens: 1024 } }],
    [haiku, 'none', { thinking: { type: 'disabled' } }],
    [
      'anthropic.claude-opus-4-8',
      'xhigh',
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'xhigh' } },
    ],
    [
      'anthropic.claude-opus-4-6-v1',
      'xhigh',
      { thinking: { type: 'adaptive', display: 'summarized' }, output_config: { effort: 'high' } },
    ],
    ['openai.gpt-oss-120b-1:0', 'minimal', { output_config: { effort: 'low' } }],
    [
      'amazon.nova-2-lite-v1:0',
      'medium',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'medium' } },
    ],
    [
      'qwen.qwen3-235b-a22b-2507-v1:0',
      'low',
      { thinking: { type: 'adaptive' }, output_config: { effort: 'low' } },
    ],
    ['deepseek.v3-v1:0', 'none', {}],
    ['meta.llama3-3-70b-instruct-v1:0', 'none', {}],
  ])('asks %s for %s in its own words', (id, effort, words) => {
    expect(asked(id, effort)).toEqual({ ...words, dropped: [] });
  });

  it.each<[string, Effort]>([
    ['meta.llama3-3-70b-instruct-v1:0', 'low'],
    ['amazon.nova-pro-v1:0', 'high'],
    ['moonshotai.kimi-k2.5', 'none'],
    ['openai.gpt-oss-120b-1:0', 'none'],
    ['anthropic.claude-fable-5', 'none'],
  ])('names what %s has no way to do: %s', (id, effort) => {
    expect(asked(id, effort)).toEqual({ dropped: ['reasoning_effort'] });
  });

  it('lets what is said in Messages’ own words count', () => {
    const thinking = { type: 'enabled', budget_tokens: 2000 } as const;
    expect(asked(haiku, 'high', { thinking })).toEqual({ thinking, dropped: ['reasoning_effort'] });
  });

  it('leaves out the sampling that Claude refuses while it thinks', () => {
    expect(asked(haiku, 'low', { temperature: 0.2, top_p: 0.5, top_k: 3 })).toMatchObject({
      dropped: ['temperature', 'top_p', 'top_k'],
    });
    expect(asked(haiku, 'low', { temperature: 1, top_p: 0.97 })).toMatchObject({ top_p: 0.97, dropped: [] });
  });

  const call: Message = {
    role: 'assistant',
    content: [{ type: 'tool_use', id: 'toolu_1', name: 'now', input: {} }],
  };
  const result: Message = {
    role: 'user',
    content: [{ type: 'tool_result', tool_use_id: 'toolu_1', content: 'noon' }],
  };
  const question: Message = { role: 'user', content: 'What time is it?' };

  it('does without thinking in a tool loop whose thoughts did not come back', () => {
    expect(asked(haiku, 'low', { messages: [question, call, result] })).toEqual({
      dropped: ['reasoning_effort'],
    });
    const thoughtful: Message = {
      role: 'assistant',
      content: [{ type: 'thinking', thinking: 'Hm.', signature: 'sig' }, ...(call.content as [])],
    };
    expect(asked(haiku, 'low', { messages: [question, thoughtful, result] })).toHaveProperty('thinking');
    expect(asked(haiku, 'low', { messages: [question, call, result, question] })).toHaveProperty('thinking');
  });

  it.each<[string, Partial<MessagesRequest>]>([
    ['is made to call a tool', { tools: [{ name: 'now' }], tool_choice: { type: 'any' } }],
    [
      'goes on from the beginning of an answer',
      { messages: [question, { role: 'assistant', content: 'It' }] },
    ],
    ['may write too little', { max_tokens: 1024 }],
  ])('does without thinking where Claude %s', (_what, more) => {
    expect(asked(haiku, 'high', more)).not.toHaveProperty('thinking');
    expect(asked(haiku, 'high', more).dropped).toEqual(['reasoning_effort']);
  });
});

describe('an effort, asked of every model', () => {
  let emulator: Awaited<ReturnType<typeof startEmulator>>;
  let bedrock: Bedrock;
  beforeAll(async () => {
    emulator = await startEmulator({ pace: 'instant' });
    bedrock = clientAt(emulator.url);
  });
  afterAll(async () => {
    await bedrock?.close();
    await emulator?.stop();
  });

  const callable = models.filter(
    ({ kind, endpoints, onDemand, inferenceProfiles }) =>
      kind === 'chat' &&
      endpoints.includes('runtime') &&
      (onDemand || inferenceProfiles.some((id) => id.startsWith('us.'))),
  );
  const efforts: readonly Effort[] = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

  test.each(callable.map(({ id }) => id))('%s', async (model) => {
    for (const reasoning_effort of efforts) {
      const request = { ...hello, model, max_tokens: 2048, bedrock: { reasoning_effort } };
      const generation = bedrock.generate(request, calling);
      const { stop } = await collect(generation);
      expect(stop.error, reasoning_effort).toBeUndefined();
      const thinks = JSON.stringify(emulator.requests.at(-1)?.body).match(/thinking|reasoning/) !== null;
      if (generation.dropped.includes('reasoning_effort')) expect(thinks).toBe(false);
      else if (reasoning_effort !== 'none') expect(thinks).toBe(true);
    }
  });
});
