import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Emulator, failing, type Script, say, startEmulator } from '@streambed/bedrock-emulator';
import type { AssistantMessage } from '@streambed/protocol';
import type { ConversationPage, ConversationTree } from '@streambed/protocol/conversations';
import type { ServerFrame } from '@streambed/protocol/frames';
import { expect, onTestFinished, test, vi } from 'vitest';
import { ask, openFrameSocket, stopOf, textOf, untilText } from '../apps/server/test/gateway.ts';
import { type ChildServer, startAsChild, upstreamAt } from './support/servers.ts';

const words = Array.from({ length: 60 }, (_, index) => `word${index} `);
const whole = words.join('');
// A server is started anew in most of them, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 90_000 });

/** What begins with `stall` never ends by itself, until it is gone on with. */
const script: Script = ({ prompt, turn }) =>
  prompt.startsWith('stall') && turn.messages.at(-1)?.role === 'user'
    ? failing(say(words), { type: 'stall', after: 50 })
    : say(words);

function aFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'streambed-conversations-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function startOn(data: string, emulator: Emulator, argv: readonly string[] = []): Promise<ChildServer> {
  return startAsChild(upstreamAt(emulator.url, { argv, env: { STREAMBED_DATA_DIR: data } }));
}

async function read<T>(url: string, path: string, init?: RequestInit): Promise<T> {
  const response = await fetch(`${url}/streambed/v1/conversations${path}`, init);
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

function textIn(message: AssistantMessage | undefined): string {
  return (message?.content ?? []).map((block) => String(block.text ?? '')).join('');
}

function generationIn(frames: readonly ServerFrame[]): string {
  const accepted = frames.find(({ type }) => type === 'accepted');
  if (accepted?.type !== 'accepted') throw new Error('it was not accepted');
  return accepted.generation;
}

const answersOf = ({ tree }: ConversationTree) => tree.filter(({ role }) => role === 'assistant');

test('kill -9: no conversation is lost that anyone was told of, and what ran is there with its text', async () => {
  const data = aFolder();
  await using emulator = await startEmulator({
    pace: { firstTokenMs: 1, tokensPerSecond: 400, jitter: 0.5 },
    seed: 1,
    script,
  });
  const ended: string[] = [];
  const accepted = new Map<string, string>();
  const seen = new Map<string, string>();
  {
    await using server = await startOn(data, emulator);
    const clients = await Promise.all(
      Array.from({ length: 12 }, async (_, index) => {
        const client = await openFrameSocket(server);
        const id = `c${index}`;
        const prompt = index % 2 === 0 ? 'go' : 'stall';
        client.send(ask(`q${index}`, `${prompt} ${index}`, { conversation: id }));
        const frames: ServerFrame[] = [...(await untilText(client, 1 + index * 5))];
        accepted.set(id, generationIn(frames));
        // The even ones end; it is killed as soon as the last of them has.
        if (prompt === 'go') {
          frames.push(...(await client.untilStop()));
          ended.push(id);
        }
        return { id, client, frames };
      }),
    );
    server.signal('SIGKILL');
    await server.exited;
    for (const { id, client } of clients) {
      await client.socket.closed;
      seen.set(id, textOf(client.socket.messages.map((text) => JSON.parse(text) as ServerFrame)));
    }
  }
  await emulator.idle();

  await using server = await startOn(data, emulator);
  const { conversations } = await read<ConversationPage>(server.url, '');
  expect(conversations.map(({ id }) => id).sort()).toEqual([...accepted.keys()].sort());
  for (const [id, generation] of accepted) {
    const tree = await read<ConversationTree>(server.url, `/${id}`);
    const [answer] = answersOf(tree);
    expect(answer).toMatchObject({ id: generation });
    const text = textIn(answer?.answer?.message);
    expect(answer?.answer?.state).toBe(ended.includes(id) ? 'completed' : 'interrupted');
    expect(text.startsWith(seen.get(id) ?? '-')).toBe(true);
    expect(whole.startsWith(text)).toBe(true);
    if (ended.includes(id)) expect(text).toBe(whole);
    else expect(answer?.answer?.stop).toMatchObject({ error: { code: 'SB_INTERRUPTED' } });
  }

  // And it goes on from there.
  await using client = await openFrameSocket(server);
  client.send(ask('on', '', { continues: accepted.get('c1'), request: { model: 'anthropic' } }));
  expect(stopOf(await client.untilStop()).state).toBe('completed');
});

test('an answer that ended while its conversation could not be written is there after a restart, however late', async () => {
  const data = aFolder();
  await using emulator = await startEmulator({ pace: 'instant', script });
  let generation = '';
  {
    await using server = await startOn(data, emulator);
    await using client = await openFrameSocket(server);
    client.send(ask('q', 'go', { conversation: 'c' }));
    const frames = await client.untilStop();
    generation = generationIn(frames);
    server.signal('SIGKILL');
    await server.exited;
  }
  // As if the process had gone between the log and the conversation, and the log were past its time.
  const { DatabaseSync } = await import('node:sqlite');
  const file = new DatabaseSync(join(data, 'streambed.db'));
  file.exec(
    "update turn set state = 'running', content_json = '[]', message_json = null, stop_json = null where role = 'assistant'",
  );
  file.close();
  await using server = await startOn(data, emulator, ['--resume-seconds', '1']);
  const tree = await read<ConversationTree>(server.url, '/c');
  expect(answersOf(tree)).toMatchObject([{ id: generation, answer: { state: 'completed' } }]);
  expect(textIn(answersOf(tree)[0]?.answer?.message)).toBe(whole);
});

test('parent and continues work across a restart for what no conversation keeps', async () => {
  const data = aFolder();
  await using emulator = await startEmulator({ pace: 'instant', script });
  let parent = '';
  let cut = '';
  {
    await using server = await startOn(data, emulator);
    await using client = await openFrameSocket(server);
    client.send(ask('one', 'go'));
    parent = generationIn(await client.untilStop());
    client.send(ask('two', 'stall'));
    const frames = await untilText(client, 20);
    cut = generationIn(frames);
    server.signal('SIGKILL');
    await server.exited;
  }
  await emulator.idle();
  await using server = await startOn(data, emulator);
  await using client = await openFrameSocket(server);
  client.send(ask('three', 'next', { parent }));
  expect(stopOf(await client.untilStop()).state).toBe('completed');
  expect(JSON.parse(emulator.requests.at(-1)?.body ?? '').messages).toHaveLength(3);
  client.send(ask('four', '', { continues: cut, request: { model: 'anthropic' } }));
  expect(stopOf(await client.untilStop()).state).toBe('completed');
  expect(JSON.parse(emulator.requests.at(-1)?.body ?? '').messages).toMatchObject([
    { role: 'user' },
    { role: 'assistant' },
  ]);
});

test('what is erased is nowhere in the data folder any more', async () => {
  const secret = 'a-word-that-stands-nowhere-else';
  const data = aFolder();
  await using emulator = await startEmulator({ pace: 'instant', script: ({ prompt }) => say(`${prompt}!`) });
  await using server = await startOn(data, emulator);
  await using client = await openFrameSocket(server);
  client.send(ask('other', 'Hello', { conversation: 'other' }));
  await client.untilStop();
  client.send(
    ask('q', `${secret}-asked`, {
      conversation: 'c',
      request: {
        model: 'anthropic',
        system: `${secret}-system`,
        messages: [{ role: 'user', content: `${secret}-asked` }],
      },
    }),
  );
  await client.untilStop();
  client.send(ask('loose', `${secret}-loose`));
  await client.untilStop();
  const files = () =>
    readdirSync(data, { recursive: true, encoding: 'utf8' })
      .map((name) => join(data, name))
      .filter((path) => statSync(path).isFile())
      .filter((path) => readFileSync(path).includes(secret));
  expect(files().length).toBeGreaterThan(0);
  await read(server.url, '/c?erase=1', { method: 'DELETE' });
  await fetch(`${server.url}/streambed/v1/generations/loose`, { method: 'DELETE' });
  await expect.poll(files, { timeout: 5_000 }).toEqual([]);
  expect((await read<ConversationPage>(server.url, '')).conversations).toMatchObject([{ id: 'other' }]);
});
