import type { MessagesRequest } from '@streambed/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { awsError, type ReplayServer, startReplayServer } from '../../../../test/support/replay-server.ts';
import { calling, clientAt, collect, hello } from '../../test/run.ts';
import type { Bedrock } from '../index.ts';
import { withGuardrail } from './guardrail.ts';

const enforced = { id: 'gr-ours', version: '3' };
const guarded = (model: string) => ({ guardrail: enforced, targets: [{ model }] });
const aliases = {
  claude: guarded('anthropic.claude-3-haiku-20240307-v1:0'),
  llama: guarded('meta.llama3-8b-instruct-v1:0'),
  nova: guarded('amazon.nova-pro-v1:0'),
};

describe('the guardrail of an alias', () => {
  let server: ReplayServer | undefined;
  let bedrock: Bedrock | undefined;
  afterEach(async () => {
    await bedrock?.close();
    await server?.[Symbol.asyncDispose]();
  });

  /** The request that reached Bedrock. */
  async function sent(request: MessagesRequest, stream = true) {
    server = await startReplayServer({ answer: () => awsError(400, 'ValidationException', 'seen') });
    bedrock = clientAt(server.url, { aliases });
    await collect(bedrock.generate(request, { ...calling, stream }));
    const [received] = server.requests;
    return { headers: received?.headers, body: JSON.parse(received?.body.toString() ?? '{}') };
  }

  it.each(['claude', 'llama'])('goes in headers beside the native body of %s', async (model) => {
    for (const stream of [true, false]) {
      const { headers } = await sent({ ...hello, model }, stream);
      expect(headers).toMatchObject({
        'x-amzn-bedrock-guardrailidentifier': 'gr-ours',
        'x-amzn-bedrock-guardrailversion': '3',
      });
    }
  });

  it.each([
    { ...hello, model: 'nova' },
    { ...hello, model: 'claude', bedrock: { api: 'converse' as const } },
  ])('goes in the body of Converse: %j', async (request) => {
    const { body, headers } = await sent(request);
    expect(body.guardrailConfig).toEqual({ guardrailIdentifier: 'gr-ours', guardrailVersion: '3' });
    expect(headers).not.toHaveProperty('x-amzn-bedrock-guardrailidentifier');
  });

  it('may be named again, and traced', async () => {
    const bedrockFields = { guardrail: { ...enforced, trace: 'enabled' as const } };
    const { headers } = await sent({ ...hello, model: 'claude', bedrock: bedrockFields });
    expect(headers).toMatchObject({ 'x-amzn-bedrock-trace': 'ENABLED' });
  });

  it.each<[string, Partial<MessagesRequest>, string]>([
    [
      'another guardrail',
      { bedrock: { guardrail: { id: 'gr-mine', version: '3' } } },
      'request.bedrock.guardrail',
    ],
    [
      'another version',
      { bedrock: { guardrail: { id: 'gr-ours', version: 'DRAFT' } } },
      'request.bedrock.guardrail',
    ],
    [
      'running ahead of it',
      { bedrock: { guardrail: { ...enforced, stream_processing_mode: 'async' } } },
      'request.bedrock.guardrail.stream_processing_mode',
    ],
    [
      "Bedrock's own field in the body",
      { 'amazon-bedrock-guardrailConfig': { tagSuffix: 'x' } } as Partial<MessagesRequest>,
      'request.amazon-bedrock-guardrailConfig',
    ],
    [
      'the same among the additional fields',
      { bedrock: { additional_request_fields: { 'amazon-bedrock-guardrailConfig': {} } } },
      'request.bedrock.additional_request_fields.amazon-bedrock-guardrailConfig',
    ],
    [
      'a block that narrows what it looks at',
      { messages: [{ role: 'user', content: [{ type: 'streambed:guard_content', text: 'harmless' }] }] },
      'request.messages[0].content[0]',
    ],
    [
      'the same in the system prompt',
      { system: [{ type: 'streambed:guard_content', text: 'harmless' }] },
      'request.system[0]',
    ],
  ])('refuses %s', (_what, more, field) => {
    expect(() => withGuardrail({ ...hello, ...more }, enforced)).toThrow(
      expect.objectContaining({ code: 'SB_BAD_REQUEST', field }),
    );
  });

  it('leaves a request alone where none is enforced', () => {
    const own = { ...hello, bedrock: { guardrail: { id: 'gr-mine', version: '1' } } };
    expect(withGuardrail(own, undefined)).toBe(own);
  });
});
