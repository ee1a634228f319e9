import { type Emulator, type Fault, startEmulator } from '@streambed/bedrock-emulator';
import type { GenerationStop } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { startRawServer } from '../../test/raw-server.ts';
import { calling, clientAt, collect, hello } from '../../test/run.ts';
import type { BedrockOptions, LogEvent } from '../index.ts';

const sonnet = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
const haiku = 'anthropic.claude-haiku-4-5-20251001-v1:0';
const west = { model: sonnet, region: 'eu-west-1' };
const east = { model: sonnet, region: 'us-east-1' };
const other = { model: haiku, region: 'us-east-1', fallback: true };

const down: Fault = { type: 'error', name: 'ServiceUnavailableException' };

/** A client of an emulator whose models fail as `faults` says, by the id that is called. */
async function setUp(faults: Record<string, Fault | undefined>, options: Partial<BedrockOptions> = {}) {
  const emulator: Emulator = await startEmulator({
    pace: 'instant',
    faults: ({ modelId }) => faults[modelId],
  });
  const logged: LogEvent[] = [];
  const clock = { now: Date.now() };
  const bedrock = clientAt(emulator.url, {
    aliases: { one: { targets: [west] }, both: { targets: [west, east] }, any: { targets: [west, other] } },
    retry: { attempts: 1, budget: 100_000 },
    breaker: { failures: 3, openMs: 5_000, maxOpenMs: 60_000 },
    now: () => clock.now,
    log: (event) => logged.push(event),
    ...options,
  });
  return {
    emulator,
    bedrock,
    logged,
    clock,
    ask: async (model: string): Promise<GenerationStop> =>
      (await collect(bedrock.generate({ ...hello, model }, calling))).stop,
    async [Symbol.asyncDispose]() {
      await bedrock.close();
      await emulator.stop();
    },
  };
}

describe('the way from target to target', () => {
  it('goes to every target, also where the attempts in all are fewer, and says what was tried', async () => {
    await using at = await setUp({ [`eu.${sonnet}`]: down });
    const stop = await at.ask('both');
    expect(stop).toMatchObject({
      state: 'completed',
      bedrock: {
        target: `us.${sonnet}`,
        attempts: 2,
        failed_attempts: [{ target: `eu.${sonnet}`, region: 'eu-west-1', code: 'SB_UPSTREAM_UNAVAILABLE' }],
      },
    });
  });

  it.each([
    ['AccessDeniedException', 'SB_MODEL_ACCESS'],
    ['ResourceNotFoundException', 'SB_MODEL_NOT_FOUND'],
    ['ServiceQuotaExceededException', 'SB_QUOTA_EXCEEDED'],
  ] as const)('goes on after %s, which another place may not share', async (name, code) => {
    await using at = await setUp({ [`eu.${sonnet}`]: { type: 'error', name } });
    expect(await at.ask('both')).toMatchObject({
      state: 'completed',
      bedrock: { failed_attempts: [{ code }] },
    });
  });

  it('stops at what is the fault of the request', async () => {
    await using at = await setUp({ [`eu.${sonnet}`]: { type: 'error', name: 'ValidationException' } });
    const stop = await at.ask('both');
    expect(stop).toMatchObject({ state: 'failed', error: { code: 'SB_UPSTREAM_REFUSED' } });
    expect(at.emulator.requests).toHaveLength(1);
  });

  it('goes to another model where the configuration says fallback, and the answer names it', async () => {
    await using at = await setUp({ [`eu.${sonnet}`]: down });
    expect(await at.ask('any')).toMatchObject({
      state: 'completed',
      bedrock: { target: `us.${haiku}`, attempts: 2 },
    });
  });

  it('refuses a configuration that leads to another model without saying so', () => {
    const aliases = { bad: { targets: [west, { ...other, fallback: false }] } };
    expect(() => clientAt('http://127.0.0.1:1', { aliases })).toThrow(/fallback: true/);
  });

  it('gives back the failure of the model that was meant where the other cannot take the request', async () => {
    await using at = await setUp(
      { [`eu.${sonnet}`]: down },
      {
        aliases: {
          any: { targets: [west, { model: 'meta.llama3-8b-instruct-v1:0', fallback: true }] },
        },
      },
    );
    const tools = [{ name: 'f', input_schema: { type: 'object' } }];
    const { stop } = await collect(at.bedrock.generate({ ...hello, model: 'any', tools }, calling));
    expect(stop.error?.code).toBe('SB_UPSTREAM_UNAVAILABLE');
  });

  it('asks a target that fails again and again no more, until one probe has worked', async () => {
    const faults: Record<string, Fault | undefined> = { [`eu.${sonnet}`]: down };
    await using at = await setUp(faults);
    for (let time = 0; time < 3; time++)
      expect((await at.ask('one')).error?.code).toBe('SB_UPSTREAM_UNAVAILABLE');
    expect(at.bedrock.targets()).toMatchObject([{ region: 'eu-west-1', state: 'open' }]);

    const refused = await at.ask('one');
    expect(refused.error).toMatchObject({
      code: 'SB_CIRCUIT_OPEN',
      retryable: true,
      retry_after_seconds: 5,
      message: expect.stringContaining(`eu.${sonnet} in eu-west-1`),
    });
    expect(at.emulator.requests).toHaveLength(3);

    at.clock.now += 5_000;
    expect((await at.ask('one')).error?.code).toBe('SB_UPSTREAM_UNAVAILABLE');
    expect((await at.ask('one')).error).toMatchObject({ code: 'SB_CIRCUIT_OPEN', retry_after_seconds: 10 });

    at.clock.now += 10_000;
    delete faults[`eu.${sonnet}`];
    expect((await at.ask('one')).state).toBe('completed');
    expect(
      at.logged.filter(({ type }) => type === 'target').map((event) => 'state' in event && event.state),
    ).toEqual(['open', 'half_open', 'open', 'half_open', 'closed']);
  });

  it('goes past a target that is left alone without asking it', async () => {
    await using at = await setUp({ [`eu.${sonnet}`]: down });
    for (let time = 0; time < 3; time++) await at.ask('one');
    const before = at.emulator.requests.length;
    expect(await at.ask('both')).toMatchObject({ state: 'completed', bedrock: { attempts: 1 } });
    expect(at.emulator.requests.slice(before).map(({ modelId }) => modelId)).toEqual([`us.${sonnet}`]);
  });

  it('does not count a throttle or a refusal as a target that is down', async () => {
    await using at = await setUp({ [`eu.${sonnet}`]: { type: 'error', name: 'ThrottlingException' } });
    for (let time = 0; time < 6; time++) expect((await at.ask('one')).error?.code).toBe('SB_THROTTLED');
    expect(at.emulator.requests).toHaveLength(6);
    expect(at.bedrock.targets()).toMatchObject([{ state: 'closed' }]);
  });

  it('names a time after a throttle, where AWS names none', async () => {
    await using at = await setUp({ [`eu.${sonnet}`]: { type: 'error', name: 'ThrottlingException' } });
    const advised: unknown[] = [];
    for (let time = 0; time < 3; time++) advised.push((await at.ask('one')).error?.retry_after_seconds);
    expect(advised).toEqual([1, 2, 4]);
  });

  it('lets another probe through when the first one was cancelled', async () => {
    const faults: Record<string, Fault | undefined> = { [`eu.${sonnet}`]: down };
    await using at = await setUp(faults);
    for (let time = 0; time < 3; time++) await at.ask('one');
    at.clock.now += 5_000;
    faults[`eu.${sonnet}`] = { type: 'stall', after: 'headers' };
    const caller = new AbortController();
    const asked = collect(
      at.bedrock.generate({ ...hello, model: 'one' }, { ...calling, signal: caller.signal }),
    );
    await at.emulator.received(4);
    caller.abort();
    expect((await asked).stop.state).toBe('cancelled');
    delete faults[`eu.${sonnet}`];
    expect((await at.ask('one')).state).toBe('completed');
  });

  it('learns nothing of a target while it is we who are too busy to connect', async () => {
    await using silent = await startRawServer(() => {});
    const bedrock = clientAt(silent.url.replace('http:', 'https:'), {
      deadlines: { connectMs: 40 },
      retry: { attempts: 1 },
      breaker: { failures: 1 },
    });
    let isOver = false;
    const beBusy = () => {
      const until = performance.now() + 15;
      while (performance.now() < until);
      if (!isOver) setImmediate(beBusy);
    };
    beBusy();
    const { stop } = await collect(bedrock.generate(hello, calling));
    isOver = true;
    expect(stop.error?.code).toBe('SB_BUSY');
    expect(bedrock.targets()).toMatchObject([{ state: 'closed' }]);
    const { stop: later } = await collect(bedrock.generate(hello, calling));
    expect(later.error?.code).toBe('SB_TIMEOUT_CONNECT');
    expect(bedrock.targets()).toMatchObject([{ state: 'open' }]);
    await bedrock.close();
  });
});
