import { findModel, modelFactsDate } from '@streambed/model-facts';
import type { Usage } from '@streambed/protocol';
import { describe, expect, it } from 'vitest';
import { resolveModel } from './models/resolve-model.ts';
import { type Outcome, stopEvent } from './stop-event.ts';

const usage: Usage = { input_tokens: 1_000_000, output_tokens: 100_000 };

/** How a completed call of `model` from us-east-1 ends, but for `more`. */
function stop(model: string, more: Partial<Outcome> = {}, counted: Usage = usage) {
  return stopEvent({
    started: 1_000,
    target: resolveModel(model, { region: 'us-east-1' }).targets[0],
    call: {
      usage: counted,
      ending: { stop: { stop_reason: 'end_turn' }, usage: counted },
      metrics: undefined,
      requestId: undefined,
      cutShort: false,
    },
    attempts: 1,
    repriced: false,
    thrown: undefined,
    firstEventAt: 1_500,
    signal: new AbortController().signal,
    now: 2_000,
    ...more,
  });
}

describe('what a generation costs', () => {
  it('of an answer ended early is estimated by what was written, not by a provisional count', () => {
    const call = {
      usage: { input_tokens: 1_000, output_tokens: 3 },
      ending: undefined,
      metrics: undefined,
      requestId: undefined,
      cutShort: false,
    };
    const cancelled = new AbortController();
    cancelled.abort();
    const asked = { request: { model: 'claude-haiku', messages: [] }, written: 4_000 };
    const early = { call, asked, signal: cancelled.signal, thrown: cancelled.signal.reason };
    // 1,000 tokens in at 1.1, and 4,000 characters out, taken for 1,000 tokens at 5.5.
    const { state, cost, usage: reported } = stop('claude-haiku', early);
    expect({ state, cost }).toEqual({
      state: 'cancelled',
      cost: { status: 'estimated', usd: '0.00660000', prices: modelFactsDate },
    });
    expect(reported).toEqual({ input_tokens: 1_000, output_tokens: 3 });
  });

  it('is the price of the scope it was called in, to the day of the prices', () => {
    // 1.1 + 0.55 through us., 1 + 0.5 through global.
    expect(stop('claude-haiku').cost).toEqual({ status: 'exact', usd: '1.65000000', prices: modelFactsDate });
    expect(stop('global.anthropic.claude-haiku-4-5-20251001-v1:0').cost).toMatchObject({
      status: 'exact',
      usd: '1.50000000',
    });
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/global.';
    expect(stop(`${arn}anthropic.claude-haiku-4-5-20251001-v1:0`).cost).toMatchObject({ usd: '1.50000000' });
  });

  it('is an estimate where the tier or the speed has prices of its own', () => {
    expect(stop('claude-haiku', { repriced: true }).cost).toMatchObject({
      status: 'estimated',
      usd: '1.65000000',
    });
  });

  it('is an estimate where we closed the stream ourselves', () => {
    const { call } = { call: { usage, metrics: undefined, requestId: undefined, cutShort: true } };
    const ending = { stop: { stop_reason: 'stop_sequence' }, usage };
    expect(stop('llama3', { call: { ...call, ending } }).cost.status).toBe('estimated');
  });

  it('is an estimate when it was cancelled or failed, and never free', () => {
    const signal = AbortSignal.abort();
    expect(stop('claude-haiku', { thrown: signal.reason, signal })).toMatchObject({
      state: 'cancelled',
      cost: { status: 'estimated', usd: '1.65000000' },
    });
    expect(stop('claude-haiku', { thrown: new Error('x') })).toMatchObject({
      state: 'failed',
      cost: { status: 'estimated' },
    });
    expect(stop('claude-haiku', { call: undefined, thrown: new Error('x') }).cost).toEqual({
      status: 'unknown',
    });
  });

  it('is unknown where an ARN is billed in another way than its model', () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:provisioned-model/abc';
    const aliases = { own: { targets: [{ profile: arn, model: 'amazon.nova-pro-v1:0' }] } };
    const [target] = resolveModel('own', { region: 'us-east-1', aliases }).targets;
    expect(target.model.facts?.id).toBe('amazon.nova-pro-v1:0');
    expect(stop('nova-pro', { target }).cost).toEqual({ status: 'unknown' });
  });

  it('is an estimate through an application profile, whose scope nobody says', () => {
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc';
    const aliases = { own: { targets: [{ profile: arn, model: 'amazon.nova-pro-v1:0' }] } };
    const [target] = resolveModel('own', { region: 'us-east-1', aliases }).targets;
    expect(stop('nova-pro', { target }).cost.status).toBe('estimated');
  });

  it('tells cache writes of five minutes from those of an hour, by the prices of the file', () => {
    const facts = findModel('anthropic.claude-haiku-4-5-20251001-v1:0');
    expect(facts?.prices.us).toMatchObject({ input: '1.1', cacheWrite5m: '1.375', cacheWrite1h: '2.2' });
    const written = (cache_creation: Usage['cache_creation']) =>
      stop(
        'claude-haiku',
        {},
        {
          input_tokens: 0,
          output_tokens: 0,
          cache_creation_input_tokens: 1_000_000,
          ...(cache_creation !== undefined && { cache_creation }),
        },
      ).cost;
    expect(written(undefined)).toMatchObject({ usd: '1.37500000' });
    expect(written({ ephemeral_1h_input_tokens: 1_000_000 })).toMatchObject({ usd: '2.20000000' });
    expect(written({ ephemeral_5m_input_tokens: 400_000, ephemeral_1h_input_tokens: 600_000 })).toMatchObject(
      { usd: '1.87000000' },
    );
  });
});
