import { type EmulatorOptions, say } from '@streambed/bedrock-emulator';
import { EventStreamDecoder } from '@streambed/event-stream';
import { describe, expect, onTestFinished, test } from 'vitest';
import { GenerationRegistry } from '../../apps/server/src/generation/registry.ts';
import type { Tuning } from '../../apps/server/src/server.ts';
import { SegmentStreamLog } from '../../apps/server/src/stream-log/disk/segments.ts';
import { type Gateway, startGateway } from '../../apps/server/test/gateway.ts';
import { collectGarbage } from '../support/collect-garbage.ts';
import { bodyCase, decoderCase, frameCase, headCase } from './cases.ts';
import { fuzz } from './run-cases.ts';

/** A minute for all parts; an hour in `npm run test:long`. `FUZZ_SECONDS` for each part says otherwise. */
const partMs = 1000 * Number(process.env.FUZZ_SECONDS ?? (process.env.TEST_LONG === '1' ? 720 : 12));
const long = partMs + 60_000;
const atOnce = 8;
type RouteOptions = Parameters<NonNullable<Tuning['onRoute']>>[0];
const emulator: EmulatorOptions = { script: () => say(['Well, ', 'yes.']) };
/** Answers are soon forgotten, so that what is still held at the end shouldn't be. */
const settings = { emulator, env: { STREAMBED_RESUME_SECONDS: '5' } };
const sockets = [
  ['/ws', 'streambed.v1'],
  ['/ws/model?model=anthropic&streaming=1', undefined],
] as const;

/** Bytes that are still reachable, garbage apart. */
function heapInUse(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

/** Nothing is held, the server is alive, and memory has not grown without bound. */
async function expectUnharmed({ server, url }: Gateway, heapBefore: number): Promise<void> {
  for (
    let waited = 0;
    Object.values(server.load()).some((held) => held > 0) && waited < 5_000;
    waited += 20
  ) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect(server.load()).toEqual({ generations: 0, waiting: 0, upstream: 0, sockets: 0 });
  expect((await fetch(`${url}/readyz`)).status).toBe(200);
  expect(heapInUse() - heapBefore).toBeLessThan(150 * 1024 * 1024);
}

test(
  'whatever bytes come, the event-stream decoder gives messages or its own error',
  async () => {
    expect(await fuzz('the event-stream decoder', partMs, 1, decoderCase())).toBeGreaterThan(10);
  },
  long,
);

test(
  'whatever a JSON body says, every API answers it, and never with an internal error',
  async () => {
    await using gateway = await startGateway(settings);
    const heap = heapInUse();
    expect(await fuzz('bodies', partMs, atOnce, bodyCase(gateway))).toBeGreaterThan(10);
    await expectUnharmed(gateway, heap);
  },
  long,
);

test(
  'whatever URL and headers come, there is an answer or a closed connection',
  async () => {
    await using gateway = await startGateway(settings);
    const heap = heapInUse();
    expect(await fuzz('URLs and headers', partMs, atOnce, headCase(gateway))).toBeGreaterThan(10);
    await expectUnharmed(gateway, heap);
  },
  long,
);

test.each(sockets)(
  'whatever bytes come on %s, the socket lives or is closed, and nothing is left',
  async (path, protocol) => {
    await using gateway = await startGateway(settings);
    const heap = heapInUse();
    expect(await fuzz(path, partMs, atOnce, frameCase(gateway, path, protocol))).toBeGreaterThan(10);
    await expectUnharmed(gateway, heap);
  },
  long,
);

describe('a mistake that was put in is found', () => {
  const found = /case of seed \d+: .*(planted|internal error)/s;
  const boundMs = 40_000;

  test('in the decoder', async () => {
    class Mistaken extends EventStreamDecoder {
      override decode(chunk: Uint8Array) {
        if (chunk.length === 1 && chunk[0] === 0xff) throw new TypeError('planted');
        return super.decode(chunk);
      }
    }
    const run = fuzz(
      'a planted decoder',
      boundMs,
      1,
      decoderCase(() => new Mistaken()),
    );
    await expect(run).rejects.toThrow(found);
  });

  test('in what is done with a body', async () => {
    const mistaken = ({ model }: { model?: unknown }) => !['string', 'undefined'].includes(typeof model);
    await using gateway = await startPlanted(({ body }) => mistaken((body ?? {}) as object));
    await expect(fuzz('planted bodies', boundMs, atOnce, bodyCase(gateway))).rejects.toThrow(found);
  });

  test('in what is done with URLs and headers', async () => {
    await using gateway = await startPlanted(({ url, headers }) =>
      /[^\x20-\x7e]/.test(url + Object.values(headers).join('')),
    );
    await expect(fuzz('planted heads', boundMs, atOnce, headCase(gateway))).rejects.toThrow(found);
  });

  test.each(sockets)('in what is done with frames of %s', async (path, protocol) => {
    const { start } = GenerationRegistry.prototype;
    const { find } = SegmentStreamLog.prototype;
    onTestFinished(() => {
      GenerationRegistry.prototype.start = start;
      SegmentStreamLog.prototype.find = find;
    });
    GenerationRegistry.prototype.start = function (order) {
      if (!JSON.stringify(order.request.messages).includes('"hi"')) throw new TypeError('planted');
      return start.call(this, order);
    };
    SegmentStreamLog.prototype.find = function (owner, name) {
      if (!['a', 'b', 'gen_x'].includes(name.generation ?? name.id ?? 'a')) throw new TypeError('planted');
      return find.call(this, owner, name);
    };
    await using gateway = await startGateway(settings);
    await expect(
      fuzz(`planted ${path}`, boundMs, atOnce, frameCase(gateway, path, protocol)),
    ).rejects.toThrow(found);
  });
});

/** A server that stumbles over some requests. */
function startPlanted(over: (request: Parameters<RouteOptions['handler']>[0]) => boolean): Promise<Gateway> {
  const onRoute = (route: RouteOptions) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      if (over(request)) throw new TypeError('planted');
      return handler.call(this, request, reply);
    };
  };
  return startGateway({ emulator, tuning: { onRoute } });
}
