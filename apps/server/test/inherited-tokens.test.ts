import { failing, type Script, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { startKeyed } from '../../../test/support/keyed.ts';

test('while it runs, what follows a long conversation fills the limit of its key with all of that', async () => {
  const gate = Promise.withResolvers<void>();
  const script: Script = ({ prompt }) =>
    prompt === 'And now?'
      ? failing(say(['So ', 'so.']), { type: 'stall', after: 2, until: gate.promise })
      : say('Yes.');
  await using gateway = await startKeyed({ emulator: { script } });
  const { key, id } = await gateway.makeKey();
  const post = (content: string, more: object = {}) => {
    const request = { model: 'anthropic', max_tokens: 100, messages: [{ role: 'user', content }] };
    const body = JSON.stringify({ request, stream: false, ...more });
    return gateway.ask('/streambed/v1/generations', { method: 'POST', key, body });
  };
  const limit = async (tokens: number) => {
    const body = JSON.stringify({ tokens_per_minute: tokens });
    await gateway.ask(`/streambed/v1/keys/${id}`, { method: 'PATCH', key: gateway.admin, body });
  };
  const first = await post('word '.repeat(8_000), { conversation: 'c' });
  const { generation } = (await first.json()) as { generation: string };

  // By itself the question would leave nearly all of it.
  await limit(9_000);
  const following = post('And now?', { parent: generation });
  await expect.poll(() => gateway.emulator.requests.length, { timeout: 20_000 }).toBe(2);
  const refused = await post('Hi');
  expect(refused.status).toBe(429);
  expect(await refused.json()).toMatchObject({ error: { message: expect.stringContaining('has running') } });
  await limit(90_000);
  expect((await post('Hi')).status).toBe(200);
  gate.resolve();
  expect((await following).status).toBe(200);
}, 60_000);
