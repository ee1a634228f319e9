import { callTool, think } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { lastBody } from '../../../../../../test/clients/upstream.ts';
import { byHeader, type Gateway, startGateway } from '../../../../test/gateway.ts';

const question = { role: 'user', content: 'How warm is it?' };
const tools = [{ type: 'function', function: { name: 'weather', parameters: { type: 'object' } } }];

interface Call {
  readonly id: string;
  readonly type: 'function';
  readonly function: { readonly name: string; readonly arguments: string };
}

function start(more: object = {}): Promise<Gateway> {
  return startGateway({
    emulator: { script: () => think('I need the weather.', callTool('weather', { city: 'Oslo' })) },
    tuning: byHeader,
    ...more,
  });
}

/** Asks, and gives back what of the answer a client that knows only OpenAI's own types sends back. */
async function ask(
  { url }: Gateway,
  messages: readonly object[],
  more: object = {},
  user = 'one',
): Promise<Call> {
  const answer = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-user': user },
    body: JSON.stringify({ model: 'anthropic', tools, reasoning_effort: 'low', messages, ...more }),
  });
  expect(answer.status, await answer.clone().text()).toBe(200);
  const { choices } = (await answer.json()) as { choices: { message: { tool_calls: Call[] } }[] };
  return choices[0]?.message.tool_calls[0] as Call;
}

const loop = (call: Call) => [
  question,
  { role: 'assistant', content: null, tool_calls: [call] },
  { role: 'tool', tool_call_id: call.id, content: '12 degrees' },
];

/** The kinds of block that the turn of the assistant was sent back with. */
function sentBack(gateway: Gateway): readonly string[] {
  const { messages } = lastBody(gateway) as { messages: { content: { type: string }[] }[] };
  return messages[1]?.content.map(({ type }) => type) ?? [];
}

test('thoughts come back with the results of the tool that they called', async () => {
  await using gateway = await start();
  const call = await ask(gateway, [question]);
  await ask(gateway, loop(call));
  expect(sentBack(gateway)).toEqual(['thinking', 'tool_use']);
  expect(lastBody(gateway)).toHaveProperty('thinking');
});

test.each<[string, (call: Call) => [readonly object[], object?, string?]]>([
  ['to somebody else', (call) => [loop(call), {}, 'two']],
  [
    'with a call of other arguments',
    (call) => [loop({ ...call, function: { name: 'weather', arguments: '{}' } })],
  ],
  [
    'with arguments that are no JSON of that call',
    (call) => [loop({ ...call, function: { name: 'x', arguments: '{}' } })],
  ],
  ['with an id that nobody knows', (call) => [loop({ ...call, id: 'toolu_unknown' })]],
  ['where no thinking is asked for', (call) => [loop(call), { reasoning_effort: null }]],
  ['where none is wanted', (call) => [loop(call), { reasoning_effort: 'none' }]],
  ['after another question', (call) => [[...loop(call), question]]],
])('they do not come back %s', async (_what, change) => {
  await using gateway = await start();
  const call = await ask(gateway, [question]);
  const [messages, more, user] = change(call);
  await ask(gateway, messages, more, user);
  expect(sentBack(gateway)).toEqual(['tool_use']);
});

test('they are gone with the answer that they were part of', async () => {
  await using gateway = await start();
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'anthropic', tools, reasoning_effort: 'low', messages: [question] }),
  });
  const { choices } = (await answer.json()) as { choices: { message: { tool_calls: Call[] } }[] };
  const generation = answer.headers.get('x-streambed-generation');
  await fetch(`${gateway.url}/streambed/v1/generations/${generation}`, { method: 'DELETE' });
  await ask(gateway, loop(choices[0]?.message.tool_calls[0] as Call));
  expect(sentBack(gateway)).toEqual(['tool_use']);
});
