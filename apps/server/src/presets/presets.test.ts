import { expect, test } from 'vitest';
import { byHeader, openFrameSocket, startGateway } from '../../test/gateway.ts';

type Gateway = Awaited<ReturnType<typeof startGateway>>;

const ask = async ({ url }: Gateway, path = '', init: RequestInit = {}, user = 'one') => {
  const headers = { 'x-user': user, ...(init.body !== undefined && { 'content-type': 'application/json' }) };
  const response = await fetch(`${url}/streambed/v1/presets${path}`, { ...init, headers });
  return { status: response.status, body: response.status === 204 ? undefined : await response.json() };
};
const save = (gateway: Gateway, name: string, parameters: object, user?: string) =>
  ask(gateway, '', { method: 'POST', body: JSON.stringify({ name, parameters }) }, user);
const namesIn = (answer: { body: { presets: readonly { name: string }[] } | undefined }) =>
  answer.body?.presets.map(({ name }) => name);

test('a preset is kept, replaced under its name, listed by name, and deleted', async () => {
  await using gateway = await startGateway({ tuning: byHeader });
  expect((await save(gateway, ' The   river ', { system: 'Flow.', temperature: 0.4 })).body).toMatchObject({
    name: 'The river',
    parameters: { system: 'Flow.', temperature: 0.4 },
  });
  await save(gateway, 'A stone', { effort: 'high' });
  await save(gateway, 'The river', { top_p: 0.5 });
  const { body } = await ask(gateway);
  expect(body.presets).toMatchObject([
    { name: 'A stone', parameters: { effort: 'high' } },
    { name: 'The river', parameters: { top_p: 0.5 } },
  ]);
  expect(body.presets[1].parameters).toEqual({ top_p: 0.5 });
  expect((await ask(gateway, '/A%20stone', { method: 'DELETE' })).status).toBe(204);
  expect(namesIn(await ask(gateway))).toEqual(['The river']);
  const again = await ask(gateway, '/A%20stone', { method: 'DELETE' });
  expect(again).toMatchObject({ status: 404, body: { error: { code: 'SB_NOT_FOUND' } } });
});

test('nobody sees, replaces or deletes what is of somebody else', async () => {
  await using gateway = await startGateway({ tuning: byHeader });
  await save(gateway, 'Mine', { temperature: 1 });
  await save(gateway, 'Mine', { temperature: 0 }, 'other');
  expect((await ask(gateway, '/Mine', { method: 'DELETE' }, 'third')).status).toBe(404);
  expect((await ask(gateway)).body.presets).toMatchObject([{ parameters: { temperature: 1 } }]);
  expect((await ask(gateway, '', {}, 'third')).body.presets).toEqual([]);
});

test('what is no preset, and more than an owner may keep, is refused', async () => {
  await using gateway = await startGateway({ tuning: byHeader });
  for (const [name, parameters] of [
    ['', {}],
    ['x'.repeat(61), {}],
    ['hot', { temperature: 3 }],
    ['odd', { messages: [] }],
  ] as const) {
    const refused = await save(gateway, name, parameters);
    expect(refused).toMatchObject({ status: 400, body: { error: { code: 'SB_BAD_REQUEST' } } });
  }
  for (let number = 0; number < 6; number += 1)
    await save(gateway, `large ${number}`, { system: 'x'.repeat(80_000) });
  const large = await save(gateway, 'one too many', { system: 'x'.repeat(80_000) });
  expect(large).toMatchObject({ status: 400, body: { error: { message: /half a megabyte/ } } });
  expect((await save(gateway, 'large 0', { system: 'y'.repeat(80_000) })).status).toBe(200);
  for (let number = 6; number < 100; number += 1) await save(gateway, `small ${number}`, {});
  expect((await save(gateway, 'the 101st', {})).body.error.message).toMatch(/100 presets/);
});

test('who watches is told all of it at first and with each change, and nothing twice', async () => {
  await using gateway = await startGateway({ tuning: byHeader });
  await save(gateway, 'First', {});
  await using client = await openFrameSocket(gateway, { 'x-user': 'one' });
  await client.until('hello');
  client.send({ type: 'watch', topic: 'presets' });
  const [first] = (await client.until('changed')).slice(-1);
  expect(first).toMatchObject({ topic: 'presets', reset: true, items: [{ name: 'First' }] });
  await save(gateway, 'Second', {});
  const [second] = (await client.until('changed')).slice(-1);
  expect(second).toMatchObject({ items: [{ name: 'First' }, { name: 'Second' }] });
  // Who knows all there is hears nothing until it changes.
  client.send({ type: 'watch', topic: 'presets', after: (second as unknown as { rev: number }).rev });
  await client.until('ok');
  await ask(gateway, '/First', { method: 'DELETE' });
  const frames = await client.until('changed');
  expect(frames.filter(({ type }) => type === 'changed')).toMatchObject([{ items: [{ name: 'Second' }] }]);
});
