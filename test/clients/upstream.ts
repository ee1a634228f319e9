import { failing, type Reply, type Script, say } from '@streambed/bedrock-emulator';
import { expect } from 'vitest';
import { type Gateway, startGateway } from '../../apps/server/test/gateway.ts';

/** A red dot, as a data URL. */
export const pixel =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** The server with a model behind it that answers as `script` says; without one it is the demo model. */
export function scripted(script?: Script): Promise<Gateway> {
  return startGateway({ emulator: script === undefined ? {} : { script } });
}

/** What Bedrock was asked, in the order it was asked. */
export function bodiesOf({ emulator }: Gateway): readonly Record<string, unknown>[] {
  return emulator.requests.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
}

/** What Bedrock was asked last. */
export function lastBody(gateway: Gateway): Record<string, unknown> {
  const last = bodiesOf(gateway).at(-1);
  if (last === undefined) throw new Error('nothing was asked');
  return last;
}

/** Some words, and then silence for good. */
export const unending: Reply = failing(say(['one ', 'two ', 'three ', 'four']), {
  type: 'stall',
  after: 4,
  until: new Promise(() => {}),
});

/** Half an answer, and then a failure of Bedrock's. */
export const brokenOff: Reply = failing(say(['Half ', 'an ', 'answer']), {
  type: 'exception',
  name: 'internalServerException',
  after: 4,
});

/**
 * Runs `leave`, after which the request to Bedrock must be gone within 100 ms. On a machine so busy that a plain request
 * takes long, it may take ten times as long as that.
 */
export async function expectGone({ emulator, url }: Gateway, leave: () => unknown): Promise<void> {
  expect(emulator.open).toBe(1);
  const plain = await took(() => fetch(`${url}/healthz`));
  const gone = await took(async () => {
    await leave();
    await emulator.idle();
  });
  expect(gone).toBeLessThan(Math.max(100, 10 * plain));
  expect(emulator.requests.at(-1)?.endedBy).toBe('client');
}

async function took(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}
