import { callTool, failing, type Script, say } from '@streambed/bedrock-emulator';
import type { Message } from '@streambed/protocol';
import type { ServerFrame } from '@streambed/protocol/frames';
import { expect, test } from 'vitest';
import {
  ask,
  byHeader,
  type FrameSocket,
  type Gateway,
  type GatewaySettings,
  openFrameSocket,
  startGateway,
  stopOf,
  textOf,
} from '../../test/gateway.ts';

const words = Array.from({ length: 30 }, (_, index) => `word${index} `);

/** Answers with what it was asked last; `tool` calls one, `cut` breaks off, `stall` never ends. */
const script: Script = ({ prompt, turn }) => {
  if (turn.messages.at(-1)?.role === 'assistant') return say(' and the rest');
  if (prompt.startsWith('tool')) return callTool('look', { at: 'it' });
  if (prompt.startsWith('cut')) return failing(say(words), { type: 'cut', at: 'mid-frame', after: 12 });
  if (prompt.startsWith('stall')) return failing(say(words), { type: 'stall', after: 12 });
  return say([`You said: ${prompt}`]);
};
const talking: GatewaySettings = { emulator: { script }, tuning: byHeader };
const tools = [{ name: 'look', input_schema: { type: 'object' } }];

/** Asks and reads to the end, or to the refusal. */
async function run(client: FrameSocket, frame: object): Promise<readonly ServerFrame[]> {
  client.send(frame);
  const frames: ServerFrame[] = [];
  for (;;) {
    const next = await client.next();
    frames.push(next);
    if (next.type === 'rejected') return frames;
    if (next.type === 'event' && next.event.type === 'generation_stop') return frames;
  }
}

function generationOf(frames: readonly ServerFrame[]): string {
  const accepted = frames.find(({ type }) => type === 'accepted');
  if (accepted?.type !== 'accepted') throw new Error(JSON.stringify(frames.at(-1)));
  return accepted.generation;
}

function refusalOf(frames: readonly ServerFrame[]): object {
  const last = frames.at(-1);
  return last?.type === 'rejected' ? last.error : { accepted: last };
}

function lastAsked({ emulator }: Gateway): { messages: readonly Message[]; [field: string]: unknown } {
  return JSON.parse(emulator.requests.at(-1)?.body ?? '');
}

/** The roles and texts of messages. */
function saidIn(messages: readonly Message[]): readonly string[] {
  return messages.map(({ role, content }) => {
    const text =
      typeof content === 'string'
        ? content
        : content.map((block) => String(block.text ?? block.type)).join('|');
    return `${role}: ${text}`;
  });
}

const result = (tool: string, content = 'seen') => ({
  model: 'anthropic',
  messages: [{ role: 'user', content: [{ type: 'tool_result', tool_use_id: tool, content }] }],
});

function toolCallOf(frames: readonly ServerFrame[]): string {
  for (const frame of frames) {
    if (frame.type !== 'event' || frame.event.type !== 'content_block_start') continue;
    if (frame.event.content_block.type === 'tool_use') return String(frame.event.content_block.id);
  }
  throw new Error('no tool was called');
}

for (const [kind, kept] of [
  ['in a conversation', { conversation: 'c' }],
  ['stored for a while', {}],
] as const) {
  test(`parent, ${kind}: the branch is put before what is new; system and tools are inherited, unless given`, async () => {
    await using gateway = await startGateway(talking);
    await using client = await openFrameSocket(gateway);
    const request = { model: 'anthropic', system: 'Be brief.', tools, temperature: 0.5 };
    const one = await run(
      client,
      ask('one', '', { ...kept, request: { ...request, messages: [{ role: 'user', content: 'One' }] } }),
    );
    const two = await run(client, ask('two', 'Two', { parent: generationOf(one) }));
    const asked = lastAsked(gateway);
    expect(saidIn(asked.messages)).toEqual(['user: One', 'assistant: You said: One', 'user: Two']);
    expect(asked).toMatchObject({ system: 'Be brief.', tools: [{ name: 'look' }] });
    expect(asked).not.toHaveProperty('temperature');
    expect(textOf(two)).toBe('You said: Two');
    const other = { model: 'anthropic', system: 'Be long.', messages: [{ role: 'user', content: 'Three' }] };
    await run(client, ask('three', '', { parent: generationOf(two), request: other }));
    expect(lastAsked(gateway)).toMatchObject({ system: 'Be long.', tools: [{ name: 'look' }] });
    expect(lastAsked(gateway).messages).toHaveLength(5);
    // Another branch from the first answer.
    await run(client, ask('four', 'Four', { parent: generationOf(one) }));
    expect(saidIn(lastAsked(gateway).messages)).toEqual([
      'user: One',
      'assistant: You said: One',
      'user: Four',
    ]);
  });

  test(`tool results, ${kind}: the first answer wins, also of two at once; another says branch`, async () => {
    await using gateway = await startGateway(talking);
    await using client = await openFrameSocket(gateway);
    const request = { model: 'anthropic', tools, messages: [{ role: 'user', content: 'tool' }] };
    const called = await run(client, ask('call', '', { ...kept, request }));
    const parent = generationOf(called);
    const tool = toolCallOf(called);
    await using other = await openFrameSocket(gateway);
    const both = await Promise.all([
      run(client, ask('r1', '', { parent, request: result(tool, 'one') })),
      run(other, ask('r2', '', { parent, request: result(tool, 'two') })),
    ]);
    const refused = both.map(refusalOf).filter((refusal) => 'code' in refusal);
    expect(refused).toMatchObject([{ code: 'SB_TOOL_ALREADY_ANSWERED', field: 'parent' }]);
    // The winner under its own id again is itself.
    const winner = both.findIndex((frames) => !('code' in refusalOf(frames)));
    const same = ask(`r${winner + 1}`, '', { parent, request: result(tool, winner === 0 ? 'one' : 'two') });
    expect(generationOf(await run(client, same))).toBe(generationOf(both[winner] ?? []));
    const branch = await run(client, ask('r3', '', { parent, branch: true, request: result(tool, 'three') }));
    expect(stopOf(branch).state).toBe('completed');
    expect(JSON.stringify(lastAsked(gateway).messages.at(-1))).toContain('three');
    // What isn't a result of the tools is no answer to them: the call is left out.
    await run(client, ask('more', 'Never mind', { parent }));
    expect(saidIn(lastAsked(gateway).messages)).toEqual(['user: tool|Never mind']);
  });

  test(`continues, ${kind}: it goes on where the answer was cut off, and what follows takes both as one`, async () => {
    await using gateway = await startGateway(talking);
    await using client = await openFrameSocket(gateway);
    const cut = await run(client, ask('one', 'cut', kept));
    expect(stopOf(cut)).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_CUT' } });
    const begun = textOf(cut);
    const rest = ask('two', '', { continues: generationOf(cut), request: { model: 'anthropic' } });
    const more = await run(client, rest);
    expect(more.find(({ type }) => type === 'accepted')).toMatchObject({ continues: 'prefill' });
    expect(saidIn(lastAsked(gateway).messages)).toEqual(['user: cut', `assistant: ${begun.trimEnd()}`]);
    expect(generationOf(await run(client, rest))).toBe(generationOf(more));
    await run(client, ask('three', 'Next', { parent: generationOf(more) }));
    expect(saidIn(lastAsked(gateway).messages)).toEqual([
      'user: cut',
      `assistant: ${begun.trimEnd()} and the rest`,
      'user: Next',
    ]);
    // It has come to its end.
    const done = await run(
      client,
      ask('four', '', { continues: generationOf(more), request: { model: 'anthropic' } }),
    );
    expect(refusalOf(done)).toMatchObject({ code: 'SB_BAD_REQUEST', field: 'continues' });
  });

  test(`continues, ${kind}: a model that takes no beginning is asked to go on`, async () => {
    await using gateway = await startGateway(talking);
    await using client = await openFrameSocket(gateway);
    const cut = await run(client, ask('one', 'cut', kept));
    const more = await run(
      client,
      ask('two', '', { continues: generationOf(cut), request: { model: 'amazon.nova-lite-v1:0' } }),
    );
    expect(more.find(({ type }) => type === 'accepted')).toMatchObject({ continues: 'asked' });
    const { messages } = lastAsked(gateway);
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user']);
    await run(client, ask('three', 'Next', { parent: generationOf(more) }));
    expect(lastAsked(gateway).messages.map(({ role }) => role)).toEqual([
      'user',
      'assistant',
      'user',
      'assistant',
      'user',
    ]);
  });

  test(`a parent that runs, ${kind}, is waited for`, async () => {
    await using gateway = await startGateway(talking);
    await using client = await openFrameSocket(gateway);
    client.send(ask('one', 'stall', kept));
    const parent = generationOf(await client.until('accepted'));
    await using other = await openFrameSocket(gateway);
    for (const [id, order] of Object.entries({
      a: { parent },
      b: { continues: parent, request: { model: 'anthropic' } },
    })) {
      expect(refusalOf(await run(other, ask(id, 'Next', order)))).toMatchObject({
        code: 'SB_STILL_RUNNING',
        field: Object.keys(order)[0],
      });
    }
    other.send({ type: 'cancel', generation: parent });
    await other.until('ok');
    expect(generationOf(await run(other, ask('c', 'Next', { parent })))).toMatch(/^gen_/);
  });
}

test('what contradicts itself, is another’s or was not stored is refused, and nothing of it is kept', async () => {
  await using gateway = await startGateway(talking);
  await using client = await openFrameSocket(gateway);
  const kept = generationOf(await run(client, ask('kept', 'Hello', { conversation: 'c' })));
  const none = generationOf(await run(client, ask('none', 'Hello', { store: 'none' })));
  const wrong: readonly [object, object][] = [
    [{ parent: 'gen_x' }, { code: 'SB_NOT_FOUND', field: 'parent' }],
    [{ parent: none }, { code: 'SB_UNSUPPORTED', field: 'parent' }],
    [{ parent: kept, continues: kept }, { code: 'SB_BAD_REQUEST' }],
    [
      { parent: kept, conversation: 'other' },
      { code: 'SB_BAD_REQUEST', field: 'parent' },
    ],
    [
      { conversation: 'c', store: 'none' },
      { code: 'SB_BAD_REQUEST', field: 'store' },
    ],
    [{ conversation: 'not good' }, { code: 'SB_BAD_REQUEST', field: 'conversation' }],
    [{ continues: kept }, { code: 'SB_BAD_REQUEST' }],
    [
      { conversation: 'new', request: { model: 'gpt-9', messages: [{ role: 'user', content: 'x' }] } },
      { code: 'SB_UNKNOWN_MODEL' },
    ],
  ];
  for (const [index, [order, error]] of wrong.entries()) {
    expect(refusalOf(await run(client, ask(`wrong${index}`, 'x', order)))).toMatchObject(error);
  }
  await using other = await openFrameSocket(gateway, { 'x-user': 'two' });
  expect(refusalOf(await run(other, ask('theirs', 'x', { parent: kept })))).toMatchObject({
    code: 'SB_NOT_FOUND',
    message: expect.not.stringContaining('Hello'),
  });
  // The same name is theirs to have: it is another conversation.
  generationOf(await run(other, ask('theirs', 'Mine', { conversation: 'c' })));
  expect(saidIn(lastAsked(gateway).messages)).toEqual(['user: Mine']);
  const list = await (
    await fetch(`${gateway.url}/streambed/v1/conversations`, { headers: { 'x-user': 'one' } })
  ).json();
  expect(list).toMatchObject({ conversations: [{ id: 'c', turns: 2 }] });
});

test('beside a conversation something can be asked that is not kept in it', async () => {
  await using gateway = await startGateway(talking);
  await using client = await openFrameSocket(gateway);
  const parent = generationOf(await run(client, ask('one', 'Hello', { store: 'conversation' })));
  const accepted = (await run(client, ask('title', 'Name this', { parent, store: 'none' }))).find(
    ({ type }) => type === 'accepted',
  );
  expect(accepted).toMatchObject({ store: 'none' });
  expect(accepted).not.toHaveProperty('conversation');
  expect(lastAsked(gateway).messages).toHaveLength(3);
});

test('the same id with another place in the tree is another request', async () => {
  await using gateway = await startGateway(talking);
  await using client = await openFrameSocket(gateway);
  const one = generationOf(await run(client, ask('one', 'One', { conversation: 'c' })));
  await run(client, ask('two', 'Two', { parent: one }));
  expect(refusalOf(await run(client, ask('two', 'Two', { conversation: 'c' })))).toMatchObject({
    code: 'SB_ID_REUSED',
  });
  expect(refusalOf(await run(client, ask('two', 'Two')))).toMatchObject({ code: 'SB_ID_REUSED' });
});

test('everything is bounded: turns, their depth, what they hold, and how many conversations there are', async () => {
  const limits = { conversations: 2, turns: 6, depth: 4, size: 4_000 };
  await using gateway = await startGateway({
    ...talking,
    tuning: { ...byHeader, conversations: limits },
  });
  await using client = await openFrameSocket(gateway);
  const full = { code: 'SB_CONVERSATION_FULL', field: 'conversation' };
  const one = generationOf(await run(client, ask('1', 'One', { conversation: 'a' })));
  const two = generationOf(await run(client, ask('2', 'Two', { parent: one })));
  expect(refusalOf(await run(client, ask('3', 'Three', { parent: two })))).toMatchObject(full);
  await run(client, ask('4', 'Four', { parent: one }));
  expect(refusalOf(await run(client, ask('5', 'Five', { parent: one })))).toMatchObject(full);
  expect(refusalOf(await run(client, ask('6', 'x'.repeat(5_000), { conversation: 'b' })))).toMatchObject(
    full,
  );
  await run(client, ask('7', 'Seven', { conversation: 'b' }));
  expect(refusalOf(await run(client, ask('8', 'Eight', { conversation: 'c' })))).toMatchObject(full);
});
