import { failing, type Script, say } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { startGateway } from '../../../apps/server/test/gateway.ts';
import { flakyLine } from '../../../test/support/flaky-line.ts';
import { until } from '../../../test/support/until.ts';
import { createClient } from './client.ts';
import { type GenerationList, watchGenerations } from './watch-generations.ts';

/** The states by the callers' ids, once they are as `is` wants them. */
async function states(list: GenerationList, is: (states: Record<string, string>) => boolean) {
  const now = () => Object.fromEntries(list.get().map(({ id, state }) => [id ?? '', state]));
  await until(list, () => is(now()));
  return now();
}

test('one client sees what another one starts, stops and erases, also what it missed while it was away', async () => {
  const script: Script = ({ prompt }) =>
    prompt === 'stalls' ? failing(say(['a', 'b']), { type: 'stall', after: 3 }) : say(['done']);
  await using gateway = await startGateway({ emulator: { script } });
  await using line = await flakyLine(gateway.url);
  using asking = createClient({ url: gateway.url });
  using watching = createClient({
    url: line.url,
    reconnect: { firstMs: 10, longestMs: 50, apartMs: 5 },
  });
  using list = watchGenerations(watching);
  const ask = (id: string, content: string) =>
    asking.generate({ model: 'anthropic', messages: [{ role: 'user', content }] }, { id });

  const stalls = ask('one', 'stalls');
  await states(list, ({ one }) => one === 'running');
  line.down = true;
  line.drop();
  await ask('two', 'quick').ended;
  stalls.cancel();
  await stalls.ended;
  line.down = false;
  expect(await states(list, ({ one, two }) => one === 'cancelled' && two !== undefined)).toEqual({
    one: 'cancelled',
    two: 'completed',
  });

  await fetch(`${gateway.url}/streambed/v1/generations/one`, { method: 'DELETE' });
  expect(await states(list, ({ one }) => one === undefined)).toEqual({ two: 'completed' });
});
