import type { Message, MessagesRequest } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import type { ResponseParams } from './params.ts';
import { sealThinking } from './sealed-thinking.ts';
import { toRequest } from './to-request.ts';

const asked = (more: Omit<ResponseParams, 'model'>) => toRequest({ model: 'claude', input: 'Hi', ...more });

/** The messages that items become. */
const messagesOf = (input: ResponseParams['input']) => asked({ input }).request.messages;

const call = { type: 'function_call', call_id: 'call_1', name: 'f', arguments: '{"a":1}' };
const result = { type: 'function_call_output', call_id: 'call_1', output: 'done' };

describe('toRequest', () => {
  it('puts instructions and what the developer says into the system prompt, in their order', () => {
    const { system, messages } = asked({
      instructions: 'One.',
      input: [
        { role: 'system', content: 'Two.' },
        { role: 'user', content: 'Hi' },
        { type: 'message', role: 'developer', content: [{ type: 'input_text', text: 'Three.' }] },
      ],
    }).request;
    expect(system).toEqual(['One.', 'Two.', 'Three.'].map((text) => ({ type: 'text', text })));
    expect(messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }]);
  });

  it('makes turns of items, tool results first in theirs', () => {
    const thinking = { type: 'thinking', thinking: 'Hm.', signature: 's' } as const;
    const messages = messagesOf([
      { role: 'user', content: 'Go' },
      { type: 'reasoning', id: 'rs_1', summary: [], encrypted_content: sealThinking(thinking) },
      { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'I will.' }] },
      call,
      { role: 'user', content: 'Quick!' },
      result,
    ]);
    expect(messages).toEqual<Message[]>([
      { role: 'user', content: [{ type: 'text', text: 'Go' }] },
      {
        role: 'assistant',
        content: [
          thinking,
          { type: 'text', text: 'I will.' },
          { type: 'tool_use', id: 'call_1', name: 'f', input: { a: 1 } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'call_1', content: [{ type: 'text', text: 'done' }] },
          { type: 'text', text: 'Quick!' },
        ],
      },
    ]);
  });

  it('leaves out the thinking that somebody else has sealed, and names it', () => {
    const { dropped } = asked({
      input: [
        { role: 'user', content: 'Hi' },
        { type: 'reasoning', id: 'rs_68a', summary: [], encrypted_content: 'gAAAAB' },
        { type: 'web_search_call', id: 'ws_1', status: 'completed' },
      ],
    });
    expect(dropped).toEqual(['input[1]', 'input[2]']);
  });

  it('takes what Codex sends: namespaces, custom tools, the local shell, and their calls', () => {
    const { request, tools, dropped } = asked({
      client_metadata: { session_id: 'x' },
      store: false,
      include: ['reasoning.encrypted_content'],
      prompt_cache_key: 'x',
      parallel_tool_calls: true,
      tool_choice: 'auto',
      tools: [
        {
          type: 'function',
          name: 'exec_command',
          description: 'Runs.',
          strict: false,
          parameters: { type: 'object' },
        },
        { type: 'namespace', name: 'agents', description: '', tools: [{ type: 'function', name: 'close' }] },
        {
          type: 'custom',
          name: 'apply_patch',
          description: 'Patches.',
          format: { type: 'grammar', syntax: 'lark', definition: 'start: "x"' },
        },
        { type: 'local_shell' },
        { type: 'web_search', external_web_access: false },
      ],
      input: [
        { type: 'message', id: 'msg_1', role: 'user', content: [{ type: 'input_text', text: 'Go' }] },
        { type: 'function_call', call_id: 'c1', name: 'close', namespace: 'agents', arguments: '' },
        { type: 'function_call_output', call_id: 'c1', output: [{ type: 'input_text', text: 'ok' }] },
        { type: 'custom_tool_call', call_id: 'c2', name: 'apply_patch', input: '*** Begin' },
        { type: 'custom_tool_call_output', call_id: 'c2', output: 'ok' },
        { type: 'local_shell_call', call_id: 'c3', action: { type: 'exec', command: ['ls'], env: {} } },
        { type: 'local_shell_call_output', id: 'c3', output: '{}' },
      ],
    });
    expect(request.tools?.map(({ name }) => name)).toEqual([
      'exec_command',
      'agents__close',
      'apply_patch',
      'local_shell',
    ]);
    expect(request.tools?.[2]?.description).toContain('lark grammar:\nstart: "x"');
    expect([...tools.values()].map(({ kind }) => kind)).toEqual([
      'function',
      'function',
      'custom',
      'local_shell',
    ]);
    const calls = request.messages.flatMap(({ content }) =>
      typeof content === 'string' ? [] : content.filter(({ type }) => type === 'tool_use'),
    );
    expect(calls).toMatchObject([
      { name: 'agents__close', input: {} },
      { name: 'apply_patch', input: { input: '*** Begin' } },
      { name: 'local_shell', input: { command: ['ls'] } },
    ]);
    expect(dropped).toEqual(['tools[4] (web_search)']);
    expect(JSON.stringify(request.messages.at(-1))).toContain('cache_control');
  });

  it('marks the prefix for caching where a key asks for it, and no mark stands there already', () => {
    const { request } = asked({ instructions: 'Long.', prompt_cache_key: 'k' });
    expect(JSON.stringify(request).match(/cache_control/g)).toHaveLength(2);
    const input = [
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'A', prompt_cache_breakpoint: { mode: 'explicit' } },
          { type: 'input_text', text: 'B' },
        ],
      },
    ];
    const own = asked({ instructions: 'Long.', prompt_cache_key: 'k', input }).request;
    expect(JSON.stringify(own).match(/cache_control/g)).toHaveLength(1);
  });

  it.each<[string, Omit<ResponseParams, 'model'>, Partial<MessagesRequest>]>([
    ['effort', { reasoning: { effort: 'low' } }, { bedrock: { reasoning_effort: 'low' } }],
    ['a tier', { service_tier: 'fast' }, { bedrock: { service_tier: 'priority' } }],
    ['a user', { user: 'u' }, { metadata: { user_id: 'u' } }],
    [
      'JSON',
      { text: { format: { type: 'json_object' } } },
      { system: [expect.objectContaining({ type: 'text' })] },
    ],
    [
      'a schema',
      { text: { format: { type: 'json_schema', name: 'n', schema: { type: 'object' } } } },
      { output_config: { format: expect.objectContaining({ type: 'json_schema' }) } },
    ],
    [
      'one call at a time',
      { tools: [{ type: 'function', name: 'f' }], parallel_tool_calls: false },
      { tool_choice: { type: 'auto', disable_parallel_tool_use: true } },
    ],
    [
      'a tool by name',
      { tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'function', name: 'f' } },
      { tool_choice: { type: 'tool', name: 'f' } },
    ],
  ])('says %s in words of Messages', (_what, more, told) => {
    expect(asked(more)).toMatchObject({ request: told, dropped: [] });
  });

  it('offers only the tools that are allowed', () => {
    const tools = ['f', 'g'].map((name) => ({ type: 'function', name }));
    const allowed = { type: 'allowed_tools', mode: 'required', tools: [{ type: 'function', name: 'g' }] };
    const { request } = asked({ tools, tool_choice: allowed });
    expect(request.tools?.map(({ name }) => name)).toEqual(['g']);
    expect(request.tool_choice).toEqual({ type: 'any' });
  });

  it.each<[string, Omit<ResponseParams, 'model'>]>([
    ['tools[0]', { tools: [{ type: 'file_search' }] }],
    ['tools[0]', { tools: [{ type: 'web_search' }] }],
    ['tools[1]', { tools: [{ type: 'function', name: 'f' }, { type: 'code_interpreter' }] }],
    ['tools[0].name', { tools: [{ type: 'function' }] }],
    ['tool_choice', { tools: [{ type: 'function', name: 'f' }], tool_choice: { type: 'web_search' } }],
    ['tool_choice.name', { tools: [], tool_choice: { type: 'function', name: 'f' } }],
    ['conversation', { conversation: 'conv_1' }],
    ['prompt', { prompt: { id: 'pmpt_1' } }],
    ['top_logprobs', { top_logprobs: 1 }],
    ['include[0]', { include: ['message.output_text.logprobs'] }],
    ['input[0].type', { input: [{ type: 'compaction', encrypted_content: 'x' }] }],
    ['input[0].role', { input: [{ role: 'narrator', content: 'x' }] }],
    ['input[0].arguments', { input: [{ ...call, arguments: '{' }] }],
    ['input[0].content[0].type', { input: [{ role: 'user', content: [{ type: 'input_video' }] }] }],
    [
      'input[0].content[0].image_url',
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://x' }] }] },
    ],
    [
      'input[0].content[0].file_id',
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
    ],
    ['input[0]', { input: [{ type: 'item_reference', id: 'msg_1' }] }],
    [
      'input[0].content[0]',
      {
        input: [{ role: 'system', content: [{ type: 'input_image', image_url: 'data:image/png;base64,' }] }],
      },
    ],
  ])('refuses what is not here, by its name: %s', (field, more) => {
    expect(() => asked(more)).toThrow(expect.objectContaining({ field }));
  });

  it('names what it leaves out', () => {
    const { dropped } = asked({
      truncation: 'auto',
      text: { verbosity: 'low' },
      reasoning: { effort: 'low', mode: 'pro' },
      context_management: [{ type: 'compaction' }],
      service_tier: 'scale',
      newer_than_this: 1,
      metadata: { a: 'b' },
    });
    expect(dropped.toSorted()).toEqual([
      'context_management',
      'newer_than_this',
      'reasoning.mode',
      'service_tier',
      'text.verbosity',
      'truncation',
    ]);
  });
});
