import type { ClientFrame } from '@streambed/protocol/frames';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, type FrameSocket, openFrameSocket } from '../apps/server/test/gateway.ts';
import { type KeyedGateway, startKeyed } from './support/keyed.ts';
import { connect } from './support/websocket.ts';

/** Every frame of the socket, and both sockets' doors, against everybody who may not use them. */

let gateway: KeyedGateway;
beforeAll(async () => {
  gateway = await startKeyed();
});
afterAll(() => gateway?.[Symbol.asyncDispose]());

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const request = { model: 'anthropic', max_tokens: 100, messages: [{ role: 'user', content: 'Hi' }] };

/** One of each kind there is: a new frame without a line here does not compile. */
const frames: Readonly<Record<Exclude<ClientFrame['type'], 'auth' | 'pong'>, object>> = {
  generate: { id: 'frame-1', request },
  attach: { id: 'frame-1' },
  detach: { id: 'frame-1' },
  cancel: { id: 'frame-1' },
  watch: { topic: 'generations' },
  unwatch: { topic: 'generations' },
};
/** These say nothing of anybody and change nothing. */
const harmless = ['unwatch'];

async function answerTo(client: FrameSocket, frame: object): Promise<string | undefined> {
  client.send({ ref: 'asked', ...frame });
  for (;;) {
    const answer = await client.next();
    if ('ref' in answer && answer.ref === 'asked') return 'error' in answer ? answer.error.code : undefined;
  }
}

describe('on /ws', () => {
  test('who has not said who they are is told nothing, and nothing is done for them', async () => {
    await using client = await openFrameSocket(gateway);
    expect(await client.next()).not.toHaveProperty('upstream');
    for (const [type, fields] of Object.entries(frames)) {
      const expected = harmless.includes(type) ? undefined : 'SB_KEY_REQUIRED';
      expect([type, await answerTo(client, { type, ...fields })]).toEqual([type, expected]);
    }
    client.send({ type: 'auth', ref: 1, token: gateway.admin });
    expect(await client.next()).toMatchObject({ type: 'ok', auth: 'accepted' });
    expect(await answerTo(client, { type: 'generate', ...frames.generate })).toBeUndefined();
  });

  test('who has as many sockets as they may is refused another when they say it late, and may try again', async () => {
    await using few = await startKeyed({ argv: ['--max-connections-per-caller', '1'] });
    const { key } = await few.makeKey();
    await using late = await openFrameSocket(few);
    await late.next();
    const first = await openFrameSocket(few, bearer(key));
    await first.next();
    late.send({ type: 'auth', ref: 1, token: key });
    expect(await late.next()).toMatchObject({
      ref: 1,
      error: { code: 'SB_TOO_MANY_CONNECTIONS', retry_after_seconds: 5 },
    });
    await first[Symbol.asyncDispose]();
    await expect.poll(() => few.server.load().sockets).toBe(1);
    late.send({ type: 'auth', ref: 2, token: key });
    expect(await late.next()).toMatchObject({ type: 'ok', ref: 2, auth: 'accepted' });
  });

  test('who says it in a header or cookie has no need to say it again', async () => {
    const { key } = await gateway.makeKey();
    const cookie = await gateway.signIn(key);
    for (const headers of [bearer(key), { 'x-api-key': key }, { cookie, origin: gateway.url }]) {
      await using client = await openFrameSocket(gateway, headers);
      expect(await client.next()).toHaveProperty('upstream');
      expect(await answerTo(client, { type: 'watch', topic: 'generations' })).toBeUndefined();
    }
  });

  test.each([
    ['nothing', ''],
    ['no key', 'wrong'],
    ['an unknown key', `sb_${'0'.repeat(12)}_${'0'.repeat(36)}`],
    ['a token of nobody', 'sbt_e30.AAAA'],
  ])('%s in `auth` closes the socket with 4001', async (_name, token) => {
    await using client = await openFrameSocket(gateway);
    client.send({ type: 'auth', ref: 1, token });
    const [error] = (await client.until('error')).slice(-1);
    expect(error).toMatchObject({ ref: 1, error: { type: 'authentication' } });
    expect(await client.socket.closed).toMatchObject({ code: 4001 });
  });

  test('expired and revoked keys and those of other surfaces don’t get in', async () => {
    const expired = await gateway.makeKey({ expires_at: 1_000 });
    const revoked = await gateway.makeKey();
    await gateway.ask(`/streambed/v1/keys/${revoked.id}`, { method: 'DELETE', key: gateway.admin });
    const elsewhere = await gateway.makeKey({ surfaces: ['openai', 'model-socket'] });
    for (const [{ key }, code] of [
      [expired, 'SB_KEY_EXPIRED'],
      [revoked, 'SB_KEY_REVOKED'],
      [elsewhere, 'SB_SURFACE_NOT_ALLOWED'],
    ] as const) {
      await using client = await openFrameSocket(gateway);
      client.send({ type: 'auth', token: key });
      expect((await client.until('error')).at(-1)).toMatchObject({ error: { code } });
      expect(await client.socket.closed).toMatchObject({ code: 4001, reason: code });
      await expect(openFrameSocket(gateway, bearer(key))).rejects.toThrow(/refused: 40[13]/);
    }
  });

  test('a cookie that is over lets the page say who it is, and counts for no other page', async () => {
    const { key } = await gateway.makeKey();
    const cookie = await gateway.signIn(key);
    await using client = await openFrameSocket(gateway, { cookie: `${cookie}x`, origin: gateway.url });
    expect(await answerTo(client, { type: 'watch', topic: 'generations' })).toBe('SB_KEY_REQUIRED');
    await expect(openFrameSocket(gateway, { cookie, origin: 'https://evil.example' })).rejects.toThrow(/403/);
    await expect(openFrameSocket(gateway, { cookie })).rejects.toThrow(/403/);
  });

  test('a token that may only read reads and watches, and nothing else', async () => {
    const { key } = await gateway.makeKey();
    const token = await gateway.makeToken(key, { scope: { may: 'read' } });
    await using client = await openFrameSocket(gateway, bearer(token));
    expect(await answerTo(client, { type: 'generate', ...frames.generate })).toBe('SB_READ_ONLY');
    expect(await answerTo(client, { type: 'cancel', id: 'frame-1' })).toBe('SB_READ_ONLY');
    expect(await answerTo(client, { type: 'attach', id: 'frame-1' })).toBe('SB_NOT_FOUND');
    expect(await answerTo(client, { type: 'watch', topic: 'generations' })).toBeUndefined();
  });

  test('a model that the key may not use is refused', async () => {
    const { key } = await gateway.makeKey({ models: ['claude-*', 'anthropic'] });
    await using client = await openFrameSocket(gateway, bearer(key));
    const refused = { type: 'generate', id: 'other-model', request: { ...request, model: 'llama3' } };
    expect(await answerTo(client, refused)).toBe('SB_MODEL_NOT_ALLOWED');
    expect(await answerTo(client, { type: 'generate', ...frames.generate })).toBeUndefined();
  });

  test('of another’s generations there is nothing', async () => {
    const mine = await gateway.makeKey();
    const other = await gateway.makeKey();
    await using client = await openFrameSocket(gateway, bearer(mine.key));
    client.send(ask('mine-alone', 'Hi'));
    const accepted = (await client.until('accepted')).at(-1) as { generation: string };
    await client.untilStop();
    await using stranger = await openFrameSocket(gateway, bearer(other.key));
    for (const name of [{ id: 'mine-alone' }, { generation: accepted.generation }]) {
      for (const type of ['attach', 'detach']) {
        expect(await answerTo(stranger, { type, ...name })).toBe('SB_NOT_FOUND');
      }
    }
    expect(await answerTo(stranger, { type: 'cancel', generation: accepted.generation })).toBe(
      'SB_NOT_FOUND',
    );
  });

  test('of another’s conversations there is nothing: not to watch, not to go on from', async () => {
    const mine = await gateway.makeKey();
    const other = await gateway.makeKey();
    await using client = await openFrameSocket(gateway, bearer(mine.key));
    client.send(ask('mine-kept', 'A secret', { conversation: 'ours' }));
    const { generation } = (await client.until('accepted')).at(-1) as { generation: string };
    await client.untilStop();
    await using stranger = await openFrameSocket(gateway, bearer(other.key));
    for (const [id, more] of Object.entries({
      'theirs-1': { parent: generation },
      'theirs-2': { continues: generation },
      'theirs-3': { parent: generation, conversation: 'ours' },
    })) {
      const messages = 'continues' in more ? [] : request.messages;
      const code = await answerTo(stranger, { ...ask(id, '', more), request: { ...request, messages } });
      expect([id, code]).toEqual([id, expect.stringMatching(/NOT_FOUND|EXPIRED|PARENT/)]);
    }
    const never = await answerTo(stranger, { type: 'watch', topic: 'conversation:never-was' });
    expect(await answerTo(stranger, { type: 'watch', topic: 'conversation:ours' })).toBe(never);
    for (const topic of ['generations', 'conversations', 'activity']) {
      stranger.send({ type: 'watch', topic, after: 0 });
    }
    client.send(ask('mine-again', 'Another secret', { parent: generation }));
    await client.untilStop();
    expect(await answerTo(stranger, { type: 'unwatch', topic: 'activity' })).toBeUndefined();
    expect(stranger.socket.messages.join()).not.toMatch(/secret|mine-|"ours"/);
    expect(stranger.socket.messages.join()).not.toContain(generation);
  });

  test('auth may renew who one is, never change it', async () => {
    const { key } = await gateway.makeKey();
    const token = await gateway.makeToken(key, { lifetime_seconds: 3_600 });
    await using client = await openFrameSocket(gateway, bearer(token));
    const hello = (await client.next()) as { expires_at: number };
    const longer = await gateway.makeToken(key, { lifetime_seconds: 7_200 });
    client.send({ type: 'auth', ref: 1, token: longer });
    const ok = (await client.next()) as { auth: string; expires_at: number };
    expect(ok.auth).toBe('accepted');
    expect(ok.expires_at).toBeGreaterThan(hello.expires_at + 3_000);
    const somebodyElse = await gateway.makeToken(key, { subject: 'another' });
    client.send({ type: 'auth', ref: 2, token: somebodyElse });
    expect(await client.next()).toMatchObject({ type: 'error', error: { code: 'SB_TOKEN_REFUSED' } });
    expect(await answerTo(client, { type: 'watch', topic: 'generations' })).toBeUndefined();
  });

  test('a key that is revoked loses its open sockets, and its tokens’ and sign-ins’', async () => {
    const { key, id } = await gateway.makeKey();
    const token = await gateway.makeToken(key);
    const cookie = await gateway.signIn(key);
    await using one = await openFrameSocket(gateway, bearer(key));
    await using two = await openFrameSocket(gateway, bearer(token));
    await using three = await openFrameSocket(gateway, { cookie, origin: gateway.url });
    await using four = await connect(`${gateway.url}/ws/model?model=anthropic`, { headers: bearer(key) });
    await gateway.ask(`/streambed/v1/keys/${id}`, { method: 'DELETE', key: gateway.admin });
    for (const closed of [one.socket.closed, two.socket.closed, three.socket.closed, four.closed]) {
      expect(await closed).toMatchObject({ code: 4001 });
    }
  });
});

test('who says nothing is sent away, who runs out is asked first', async () => {
  await using quick = await startKeyed({ tuning: { presence: { lateMs: 50, warnMs: 60_000 } } });
  await using silent = await openFrameSocket(quick);
  expect(await silent.socket.closed).toMatchObject({ code: 4001, reason: 'SB_KEY_REQUIRED' });
  const { key } = await quick.makeKey();
  const token = await quick.makeToken(key, { lifetime_seconds: 2 });
  await using client = await openFrameSocket(quick, bearer(token));
  const hello = (await client.next()) as { expires_at: number };
  expect(await client.next()).toEqual({ type: 'auth_required', expires_at: hello.expires_at });
  expect(await client.socket.closed).toMatchObject({ code: 4001 });
});

describe('on /ws/model', () => {
  const url = () => `${gateway.url}/ws/model?model=anthropic`;

  test('only who is known gets in', async () => {
    const { key } = await gateway.makeKey();
    const elsewhere = await gateway.makeKey({ surfaces: ['streambed'] });
    await expect(connect(url())).rejects.toThrow(/401/);
    await expect(connect(url(), { headers: bearer('wrong') })).rejects.toThrow(/401/);
    await expect(connect(url(), { headers: bearer(elsewhere.key) })).rejects.toThrow(/403/);
    await expect(
      connect(url(), { headers: { ...bearer(key), origin: 'https://evil.example' } }),
    ).rejects.toThrow(/403/);
    await using socket = await connect(url(), { headers: bearer(key) });
    socket.send('Hi');
    expect(await socket.next()).not.toMatch(/^error/);
  });

  test('a client token may stand in the URL, a key may not', async () => {
    const { key } = await gateway.makeKey();
    const token = await gateway.makeToken(key);
    await using socket = await connect(`${url()}&token=${token}`);
    socket.send('Hi');
    expect(await socket.next()).not.toMatch(/^error/);
    await expect(connect(`${url()}&token=${key}`)).rejects.toThrow(/401/);
    await expect(connect(`${url()}&token=${token}x`)).rejects.toThrow(/401/);
    const readOnly = await gateway.makeToken(key, { scope: { may: 'read' } });
    await using reader = await connect(`${url()}&token=${readOnly}`);
    reader.send('Hi');
    expect(await reader.next()).toMatch(/^error: .*SB_READ_ONLY/);
  });

  test('a model that the key may not use is one message', async () => {
    const { key } = await gateway.makeKey({ models: ['llama3'] });
    await using socket = await connect(url(), { headers: bearer(key) });
    socket.send('Hi');
    expect(await socket.next()).toMatch(/^error: .*SB_MODEL_NOT_ALLOWED/);
  });
});
