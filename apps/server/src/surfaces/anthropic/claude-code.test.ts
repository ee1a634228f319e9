import { say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../../test/gateway.ts';

/** Requests of the shape that Claude Code 2.1 sends, seen on the wire: what it says of itself, and its newest fields. */

const headers = {
  'content-type': 'application/json',
  'anthropic-version': '2023-06-01',
  'anthropic-dangerous-direct-browser-access': 'true',
  'x-app': 'cli',
  'x-stainless-lang': 'js',
  'user-agent': 'claude-cli/2.1.330 (external, sdk-cli)',
  authorization: 'Bearer none',
};

const ephemeral = { type: 'ephemeral' };
const bash = {
  name: 'Bash',
  description: 'Runs a command',
  input_schema: { type: 'object', properties: {} },
};
const common = {
  messages: [
    {
      role: 'user',
      content: [
        { type: 'text', text: '<system-reminder>\nThe folder is empty.\n</system-reminder>' },
        { type: 'text', text: 'Say hi', cache_control: ephemeral },
      ],
    },
  ],
  system: [
    { type: 'text', text: 'x-anthropic-billing-header: cc_version=2.1; cc_entrypoint=sdk-cli;' },
    {
      type: 'text',
      text: 'You are an agent.',
      cache_control: { type: 'ephemeral', ttl: '1h', scope: 'global' },
    },
  ],
  tools: [
    bash,
    { ...bash, name: 'Later', defer_loading: true },
    { ...bash, name: 'Now', eager_input_streaming: true },
  ],
  metadata: { user_id: '{"device_id":"d","account_uuid":"","session_id":"s"}' },
  max_tokens: 32_000,
  context_management: { edits: [{ type: 'clear_thinking_20251015', keep: 'all' }] },
  stream: true,
};
const thinkingBudget = { thinking: { type: 'enabled', budget_tokens: 31_999, display: 'omitted' } };
const thinkingAdaptive = {
  thinking: { type: 'adaptive', display: 'omitted' },
  output_config: { effort: 'high' },
};
const reminder = { role: 'system', content: [{ type: 'text', text: 'Be brief.', cache_control: ephemeral }] };
const betas = [
  'claude-code-20250219',
  'interleaved-thinking-2025-05-14',
  'context-management-2025-06-27',
  'prompt-caching-scope-2026-01-05',
  'thinking-token-count-2026-05-13',
  'advanced-tool-use-2025-11-20',
];

async function ask({ url, emulator }: Gateway, body: object, more: readonly string[] = []) {
  const response = await fetch(`${url}/v1/messages?beta=true`, {
    method: 'POST',
    headers: { ...headers, 'anthropic-beta': [...betas, ...more].join(',') },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  const upstream = JSON.parse(emulator.requests.at(-1)?.body ?? '{}') as Record<string, unknown>;
  return { response, text, upstream };
}

test('a model that thinks by a budget gets it all, with the betas that Bedrock knows', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say('Hi.') } });
  const body = { model: 'claude-sonnet-4-5-20250929', ...common, ...thinkingBudget };
  const { response, text, upstream } = await ask(gateway, body);
  expect(response.status, text).toBe(200);
  expect(text).toContain('event: message_stop');
  const { model: _, stream: __, system, ...same } = body;
  expect(upstream).toEqual({
    anthropic_version: 'bedrock-2023-05-31',
    ...same,
    system: [system[0], { ...system[1], cache_control: { type: 'ephemeral', ttl: '1h' } }],
    anthropic_beta: [
      'interleaved-thinking-2025-05-14',
      'context-management-2025-06-27',
      'tool-search-tool-2025-10-19',
    ],
  });
  expect(response.headers.get('x-streambed-dropped')).toBe(
    'cache_control.scope, anthropic-beta=claude-code-20250219, anthropic-beta=prompt-caching-scope-2026-01-05, anthropic-beta=thinking-token-count-2026-05-13',
  );
});

test('a model of the newest kind gets its system messages in mid-conversation', async () => {
  await using gateway = await startGateway({ emulator: { script: () => say('Hi.') } });
  const messages = [...common.messages, reminder];
  const body = { model: 'claude-opus-4-8', ...common, messages, ...thinkingAdaptive };
  const { response, text, upstream } = await ask(gateway, body, [
    'effort-2025-11-24',
    'mid-conversation-tool-changes-2026-07-01',
  ]);
  expect(response.status, text).toBe(200);
  expect(upstream).toMatchObject({ messages, thinking: { type: 'adaptive', display: 'omitted' } });
  expect(upstream.anthropic_beta).toContain('effort-2025-11-24');
  expect(upstream.anthropic_beta).not.toContain('mid-conversation-tool-changes-2026-07-01');
});

test.each(['claude-haiku', 'nova-pro', 'gpt-oss'])(
  '%s, that Claude Code does not know, answers too',
  async (model) => {
    await using gateway = await startGateway({ emulator: { script: () => say('Hi.') } });
    const messages = [...common.messages, reminder];
    const { response, text } = await ask(gateway, { model, ...common, messages, max_tokens: 4000 });
    expect(response.status, text).toBe(200);
    expect(text).toContain('event: message_stop');
    expect(response.headers.get('x-streambed-defaulted')).toBe('messages[1].role=user');
  },
);

test('its check of the line, and its other calls, are not found and cost nothing', async () => {
  await using gateway = await startGateway();
  expect((await fetch(`${gateway.url}/api/hello`, { method: 'HEAD', headers })).status).toBe(404);
  expect((await fetch(`${gateway.url}/v1/messages/batches`, { headers })).status).toBe(404);
  expect(gateway.emulator.requests).toHaveLength(0);
});
