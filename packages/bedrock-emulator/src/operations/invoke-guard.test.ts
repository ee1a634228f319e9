import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nativeEvents } from '../../../../test/support/frames.ts';
import {
  describeWithRecordings,
  type Recording,
  responseBytes,
} from '../../../../test/support/recordings.ts';
import { haiku, type Json, llama3, messages, post } from '../../test/ask.ts';
import { type Emulator, startEmulator } from '../index.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({
    pace: 'instant',
    script: ({ prompt }) =>
      prompt === 'A camping trip' ? 'The number 1234561666 was on a tree.' : undefined,
    guardrails: ['v9kpg6yrwhs2', 'other'].map((id) => ({
      id,
      words: ['forbidden'],
      topics: [{ name: 'none', words: [] }],
      regexes: [{ name: 'Account Number', pattern: '\\b\\d{6}\\d{4}\\b', action: 'ANONYMIZE' as const }],
      blockedInput: 'Not that.',
      blockedOutput: 'Not this.',
    })),
  });
});
afterAll(() => emulator.stop());

const guard = (extra: Record<string, string> = {}) => ({
  headers: {
    authorization: 'Bearer x',
    'X-Amzn-Bedrock-GuardrailIdentifier': 'other',
    'X-Amzn-Bedrock-GuardrailVersion': '1',
    ...extra,
  },
});
const invoke = async (model: string, body: unknown, extra = {}): Promise<Json> =>
  (await post(emulator, model, 'invoke', body, guard(extra))).json();

describe('a guardrail named in the headers', () => {
  it('lets pass, masks and blocks, and says which', async () => {
    const plain = await invoke(haiku, messages('/say fine'));
    expect(plain).toMatchObject({ content: [{ text: 'fine' }], 'amazon-bedrock-guardrailAction': 'NONE' });
    expect(plain).not.toHaveProperty('amazon-bedrock-trace');
    const masked = await invoke(haiku, messages('A camping trip'), { 'X-Amzn-Bedrock-Trace': 'ENABLED' });
    expect(masked).toMatchObject({
      content: [{ text: 'The number {Account Number} was on a tree.' }],
      stop_reason: 'end_turn',
      'amazon-bedrock-guardrailAction': 'INTERVENED',
      'amazon-bedrock-trace': { guardrail: { modelOutput: [expect.stringContaining('1234561666')] } },
    });
    expect((await invoke(llama3, { prompt: '/say it is forbidden' })).generation).toBe('Not that.');
  });

  it('sees the whole answer before a stream begins, and a request without it is as before', async () => {
    const body = messages('A camping trip');
    const ask = async (init: RequestInit) =>
      nativeEvents(
        Buffer.from(
          await (await post(emulator, haiku, 'invoke-with-response-stream', body, init)).arrayBuffer(),
        ),
      ) as readonly Json[];
    const bare = { headers: { authorization: 'Bearer x' } };
    const before = await ask(bare);
    const guarded = await ask(guard());
    const text = (events: readonly Json[]) => events.map((event) => event.delta?.text ?? '').join('');
    expect(text(guarded)).toBe('The number {Account Number} was on a tree.');
    expect(guarded.at(-1)).toHaveProperty('amazon-bedrock-guardrailAction', 'INTERVENED');
    expect(await ask(bare)).toEqual(before);
    expect(text(before)).toContain('1234561666');
  });

  it.each([
    [{ 'X-Amzn-Bedrock-GuardrailIdentifier': 'nobody' }, 'does not exist'],
    [{ 'X-Amzn-Bedrock-GuardrailVersion': '7' }, 'does not exist'],
  ])('%j is refused where there is none such', async (extra, text) => {
    const response = await post(emulator, haiku, 'invoke', messages('hi'), guard(extra));
    expect(response.status).toBe(400);
    expect(((await response.json()) as Json).message).toContain(text);
  });

  it.each(['X-Amzn-Bedrock-GuardrailIdentifier', 'X-Amzn-Bedrock-GuardrailVersion'])(
    '%s alone is refused',
    async (name) => {
      for (const action of ['invoke', 'invoke-with-response-stream']) {
        const response = await post(emulator, haiku, action, messages('hi'), {
          headers: { authorization: 'Bearer x', [name]: '1' },
        });
        expect(response.status).toBe(400);
      }
    },
  );
});

describeWithRecordings('guardrails on native bodies, as recorded', (all) => {
  const named = (name: string) => all.find((recording) => recording.name === name) as Recording;
  const ask = async ({ request }: Recording) => {
    const response = await fetch(`${emulator.url}${request.path}`, {
      method: 'POST',
      headers: {
        ...guard({ 'X-Amzn-Bedrock-GuardrailIdentifier': 'v9kpg6yrwhs2' }).headers,
        'X-Amzn-Bedrock-GuardrailVersion': 'DRAFT',
        'X-Amzn-Bedrock-Trace': 'ENABLED',
      },
      body: JSON.stringify(request.body),
    });
    return Buffer.from(await response.arrayBuffer());
  };

  it('invoke-nova-guardrail', async () => {
    const recording = named('invoke-nova-guardrail');
    const mine = JSON.parse((await ask(recording)).toString()) as Json;
    const theirs = recording.response.body as Json;
    const guardKeys = Object.keys(theirs).filter((key) => key.startsWith('amazon-bedrock'));
    expect(Object.keys(mine).filter((key) => key.startsWith('amazon-bedrock'))).toEqual(guardKeys);
    expect(mine['amazon-bedrock-guardrailAction']).toBe('INTERVENED');
    expect(mine.output.message.content[0].text).toContain('{Account Number}');
    const [mineTrace, theirTrace] = [mine, theirs].map((one) => one['amazon-bedrock-trace'].guardrail);
    expect(Object.keys(mineTrace)).toEqual(Object.keys(theirTrace));
    const assessment = (trace: Json) => trace.outputs[0].v9kpg6yrwhs2;
    expect(Object.keys(assessment(mineTrace)).sort()).toEqual(Object.keys(assessment(theirTrace)).sort());
    expect(assessment(mineTrace).sensitiveInformationPolicy.regexes[0]).toMatchObject({
      name: 'Account Number',
      match: '1234561666',
      action: 'ANONYMIZED',
    });
  });

  it('invokestream-nova-guardrail', async () => {
    const recording = named('invokestream-nova-guardrail');
    const kinds = (bytes: Uint8Array) => {
      const seen = new Map<string, string>();
      for (const event of nativeEvents(bytes)) {
        const [kind = ''] = Object.keys(event);
        // Deltas that a mask has emptied may lack the note: what counts is the first of each kind.
        if (!seen.has(kind)) seen.set(kind, Object.keys(event).join());
      }
      return seen;
    };
    expect(kinds(await ask(recording))).toEqual(kinds(responseBytes(recording)));
  });
});
