import {
  BedrockRuntimeClient,
  type BedrockRuntimeServiceException,
  type ContentBlock,
  ConverseCommand,
  type ConverseCommandInput,
  ConverseStreamCommand,
  type ConverseStreamOutput,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haiku, type Json } from '../../test/ask.ts';
import { awsErrors, streamExceptions } from '../errors.ts';
import { type Emulator, startEmulator } from '../index.ts';

const keys = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' };
const gptOss = 'openai.gpt-oss-120b-1:0';
const nova2 = 'us.amazon.nova-2-lite-v1:0';
const png = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({
    pace: 'instant',
    credentials: keys,
    guardrails: [
      {
        id: 'words1',
        words: ['pineapple'],
        blockedInput: 'No.',
        blockedOutput: 'Not that.',
        pii: { EMAIL: 'ANONYMIZE' },
      },
    ],
  });
});
afterAll(() => emulator.stop());

type Input = Omit<ConverseCommandInput, 'modelId' | 'messages'> & { readonly content?: ContentBlock[] };

/** The official SDK as people use it; it speaks HTTP/2 unless it is told otherwise. */
describe.each([
  ['its own handler, HTTP/2', {}],
  ['NodeHttpHandler, HTTP/1.1', { requestHandler: new NodeHttpHandler() }],
])('@aws-sdk/client-bedrock-runtime with %s', (_, handler) => {
  let client: BedrockRuntimeClient;
  beforeAll(() => {
    client = new BedrockRuntimeClient({
      endpoint: emulator.url,
      region: 'us-east-1',
      credentials: keys,
      maxAttempts: 1,
      ...handler,
    });
  });
  afterAll(() => client.destroy());

  const input = (prompt: string, { content = [], ...more }: Input, modelId: string) => ({
    modelId,
    messages: [{ role: 'user' as const, content: [{ text: prompt }, ...content] }],
    ...more,
  });
  const converse = (prompt: string, more: Input = {}, modelId = haiku) =>
    client.send(new ConverseCommand(input(prompt, more, modelId)));
  const said = async (prompt: string, more: Input = {}, modelId = haiku): Promise<readonly ContentBlock[]> =>
    (await converse(prompt, more, modelId)).output?.message?.content ?? [];
  const stream = async (prompt: string, more: Input = {}, modelId = haiku) => {
    const response = await client.send(new ConverseStreamCommand(input(prompt, more, modelId)));
    const events: ConverseStreamOutput[] = [];
    for await (const event of response.stream ?? []) events.push(event);
    return events;
  };
  /** The blocks of a stream put together again. */
  const folded = (events: readonly ConverseStreamOutput[]): readonly Json[] => {
    const blocks: Json[] = [];
    for (const { contentBlockStart, contentBlockDelta } of events) {
      const index = contentBlockStart?.contentBlockIndex ?? contentBlockDelta?.contentBlockIndex ?? 0;
      if (contentBlockStart?.start?.toolUse !== undefined)
        blocks[index] = { tool: contentBlockStart.start.toolUse.name, input: '' };
      const delta = contentBlockDelta?.delta;
      blocks[index] ??= {};
      if (delta?.text !== undefined) blocks[index].text = (blocks[index].text ?? '') + delta.text;
      if (delta?.toolUse !== undefined) blocks[index].input += delta.toolUse.input ?? '';
      if (delta?.citation !== undefined) blocks[index].citation = delta.citation;
      const { text, signature } = delta?.reasoningContent ?? {};
      if (text !== undefined) blocks[index].thought = (blocks[index].thought ?? '') + text;
      if (signature !== undefined) blocks[index].signature = signature;
    }
    return blocks;
  };

  const schema = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] };
  const toolConfig = {
    tools: [{ toolSpec: { name: 'get_weather', inputSchema: { json: schema } } }],
  };
  const thinking = { additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } } };

  it('says a text, whole and streamed', async () => {
    const answer = await converse('/say Grüße 👋');
    expect(answer).toMatchObject({
      output: { message: { role: 'assistant', content: [{ text: 'Grüße 👋' }] } },
      stopReason: 'end_turn',
      metrics: { latencyMs: expect.any(Number) },
    });
    const { inputTokens = 0, outputTokens = 0, totalTokens } = answer.usage ?? {};
    expect(totalTokens).toBe(inputTokens + outputTokens);

    const events = await stream('/say Grüße 👋');
    expect(folded(events)).toEqual([{ text: 'Grüße 👋' }]);
    expect(events.map((event) => Object.keys(event)[0])).toEqual([
      'messageStart',
      ...events.filter(({ contentBlockDelta }) => contentBlockDelta).map(() => 'contentBlockDelta'),
      'contentBlockStop',
      'messageStop',
      'metadata',
    ]);
    expect(events.at(-1)?.metadata?.usage).toMatchObject({ inputTokens, outputTokens, totalTokens });
  });

  it('calls tools, in parallel and when forced, and goes on with their results', async () => {
    const prompt = '/say Asking.\n/tool get_weather {"city": "Oslo"}\n/tool get_weather {"city": "Lima"}';
    const [text, first, second] = await said(prompt, { toolConfig });
    expect(text).toEqual({ text: 'Asking.' });
    expect([first?.toolUse?.input, second?.toolUse?.input]).toEqual([{ city: 'Oslo' }, { city: 'Lima' }]);
    expect(first?.toolUse?.toolUseId).toMatch(/^tooluse_\w{22}$/);
    expect(folded(await stream(prompt, { toolConfig }))).toEqual([
      { text: 'Asking.' },
      { tool: 'get_weather', input: '{"city": "Oslo"}' },
      { tool: 'get_weather', input: '{"city": "Lima"}' },
    ]);

    const forced = { ...toolConfig, toolChoice: { tool: { name: 'get_weather' } } };
    const [called] = await said('Hello', { toolConfig: forced });
    expect(called?.toolUse).toMatchObject({ name: 'get_weather', input: { city: expect.any(String) } });

    const results = [first, second].map((block) => ({
      toolResult: { toolUseId: block?.toolUse?.toolUseId, content: [{ json: { sky: 'clear' } }] },
    }));
    const answer = await client.send(
      new ConverseCommand({
        modelId: haiku,
        messages: [
          { role: 'user', content: [{ text: 'Weather?' }] },
          { role: 'assistant', content: [first, second] as ContentBlock[] },
          { role: 'user', content: results },
        ],
        toolConfig,
      }),
    );
    expect(answer.stopReason).toBe('end_turn');
    expect(answer.output?.message?.content?.[0]?.text).toContain('clear');
  });

  it('thinks, and verifies its thoughts when they come back', async () => {
    const content = await said('/think Where?\n/say There.', thinking);
    const reasoning = content[0]?.reasoningContent?.reasoningText;
    expect(reasoning).toEqual({ text: 'Where?', signature: expect.stringMatching(/^Et/) });
    const [thought] = folded(await stream('/think Where?\n/say There.', thinking));
    expect(thought).toEqual({ thought: 'Where?', signature: expect.stringMatching(/^Et/) });

    const back = (block: ContentBlock) =>
      client.send(
        new ConverseCommand({
          modelId: haiku,
          messages: [
            { role: 'user', content: [{ text: 'Where?' }] },
            { role: 'assistant', content: [block, { text: 'There.' }] },
            { role: 'user', content: [{ text: 'Sure?' }] },
          ],
          ...thinking,
        }),
      );
    await expect(back(content[0] as ContentBlock)).resolves.toMatchObject({ stopReason: 'end_turn' });
    const changed = {
      reasoningContent: { reasoningText: { text: 'Here.', signature: reasoning?.signature } },
    };
    await expect(back(changed)).rejects.toThrow('Invalid `signature` in `thinking` block');
  });

  it('seals thoughts, and takes them back', async () => {
    const [sealed] = await said('ANTHROPIC_MAGIC_STRING_TRIGGER_REDACTED_THINKING_1', thinking);
    expect(sealed?.reasoningContent?.redactedContent).toBeInstanceOf(Uint8Array);
    const answer = client.send(
      new ConverseCommand({
        modelId: haiku,
        messages: [
          { role: 'user', content: [{ text: 'Where?' }] },
          { role: 'assistant', content: [sealed as ContentBlock, { text: 'There.' }] },
          { role: 'user', content: [{ text: 'Sure?' }] },
        ],
        ...thinking,
      }),
    );
    await expect(answer).resolves.toMatchObject({ stopReason: 'end_turn' });
  });

  it('reasons without a signature on gpt-oss, after an empty block in a stream', async () => {
    const content = await said('Hello', {}, gptOss);
    expect(content[0]?.reasoningContent?.reasoningText).toEqual({ text: expect.any(String) });
    const blocks = folded(await stream('Hello', {}, gptOss));
    expect(blocks[0]).toEqual({ text: '' });
    expect(blocks[1].thought).toBe(content[0]?.reasoningContent?.reasoningText?.text);
  });

  it('takes images and documents, and cites what it is asked to', async () => {
    expect(
      (await said('What is it?', { content: [{ image: { format: 'png', source: { bytes: png } } }] }))[0]
        ?.text,
    ).toContain('image/png');
    const text = 'Ruby was created by Matz. It is red.';
    const content = [
      { document: { format: 'txt' as const, name: 'facts', source: { text }, citations: { enabled: true } } },
    ];
    const cited = (await said('Who created Ruby?', { content })).find((block) => block.citationsContent);
    expect(cited?.citationsContent).toEqual({
      content: [{ text: 'Ruby was created by Matz.' }],
      citations: [
        {
          title: 'facts',
          sourceContent: [{ text: 'Ruby was created by Matz.' }],
          location: { documentChar: { documentIndex: 0, start: 0, end: 25 } },
        },
      ],
    });
    const [, block] = folded(await stream('Who created Ruby?', { content }));
    expect(block).toMatchObject({ text: 'Ruby was created by Matz.', citation: { title: 'facts' } });
  });

  it('answers in the form of a schema', async () => {
    const form = {
      type: 'object',
      properties: {
        name: { type: 'string', minLength: 9 },
        age: { type: 'integer', minimum: 30, maximum: 40 },
        tags: { type: 'array', items: { $ref: '#/$defs/tag' }, minItems: 2 },
      },
      required: ['name', 'age', 'tags'],
      $defs: { tag: { enum: ['a', 'b'] } },
    };
    const structure = { jsonSchema: { schema: JSON.stringify(form), name: 'person' } };
    const outputConfig = { textFormat: { type: 'json_schema' as const, structure } };
    const [block] = await said('A person', { outputConfig });
    const value = JSON.parse(block?.text ?? '');
    expect(value.name.length).toBeGreaterThanOrEqual(9);
    expect(value.age).toBeGreaterThanOrEqual(30);
    expect(value.tags).toHaveLength(2);
    expect(['a', 'b']).toContain(value.tags[0]);
  });

  it('stops at a stop sequence and at maxTokens exactly', async () => {
    const stopped = await converse('/say one two END three', {
      inferenceConfig: { stopSequences: ['END'] },
      additionalModelResponseFieldPaths: ['/stop_sequence'],
    });
    expect(stopped).toMatchObject({
      stopReason: 'stop_sequence',
      output: { message: { content: [{ text: 'one two ' }] } },
      additionalModelResponseFields: { stop_sequence: 'END' },
    });
    const cut = await converse('/long 100', { inferenceConfig: { maxTokens: 7 } });
    expect(cut).toMatchObject({ stopReason: 'max_tokens', usage: { outputTokens: 7 } });
    const events = await stream('/long 100', { inferenceConfig: { maxTokens: 7 } });
    expect(events.at(-2)?.messageStop?.stopReason).toBe('max_tokens');
    expect(events.at(-1)?.metadata?.usage?.outputTokens).toBe(7);
  });

  it('writes a prompt to its cache, and reads it', async () => {
    const long = `${_} ${'A long system prompt. '.repeat(1500)}`;
    const system = [{ text: long }, { cachePoint: { type: 'default' as const } }];
    const usage = async () => (await converse('/say ok', { system })).usage;
    const first = await usage();
    const written = first?.cacheWriteInputTokens ?? 0;
    expect(written).toBeGreaterThan(4096);
    expect(first).toMatchObject({
      cacheReadInputTokens: 0,
      cacheDetails: [{ ttl: '5m', inputTokens: written }],
    });
    expect(first?.totalTokens).toBe((first?.inputTokens ?? 0) + (first?.outputTokens ?? 0) + written);
    expect(await usage()).toMatchObject({ cacheReadInputTokens: written, cacheWriteInputTokens: 0 });
    const events = await stream('/say ok', { system });
    expect(events.at(-1)?.metadata?.usage).toMatchObject({ cacheReadInputTokens: written });
    // Short ones are silently not cached.
    const short = [{ text: 'Be kind.' }, { cachePoint: { type: 'default' as const } }];
    expect((await converse('/say ok', { system: short })).usage).toMatchObject({ cacheWriteInputTokens: 0 });
  });

  it('is watched by a guardrail, before and after', async () => {
    const guardrailConfig = {
      guardrailIdentifier: 'words1',
      guardrailVersion: '1',
      trace: 'enabled' as const,
    };
    const before = await converse('I like pineapple', { guardrailConfig });
    expect(before).toMatchObject({
      stopReason: 'guardrail_intervened',
      output: { message: { content: [{ text: 'No.' }] } },
      trace: {
        guardrail: {
          inputAssessment: {
            words1: { wordPolicy: { customWords: [{ match: 'pineapple', action: 'BLOCKED' }] } },
          },
        },
      },
      usage: { inputTokens: 0, outputTokens: 0 },
    });
    const masked = await stream('/say a@b.example', { guardrailConfig });
    expect(folded(masked)).toEqual([{ text: '{EMAIL}' }]);
    expect(masked.at(-2)?.messageStop?.stopReason).toBe('guardrail_intervened');
    expect(masked.at(-1)?.metadata?.trace?.guardrail?.outputAssessments).toBeDefined();
  });

  it("lets Nova's own tools answer in the same turn, and echoes what was set", async () => {
    const systemTools = { toolConfig: { tools: [{ systemTool: { name: 'nova_code_interpreter' } }] } };
    const content = await said('What is 6 * 7?', systemTools, nova2);
    expect(content[0]?.toolUse).toMatchObject({ type: 'server_tool_use', name: 'nova_code_interpreter' });
    expect(content[1]?.toolResult?.content?.[0]?.json).toMatchObject({ stdOut: '42' });
    const answer = await converse('/say hm', {
      performanceConfig: { latency: 'optimized' },
      serviceTier: { type: 'flex' },
    });
    expect(answer).toMatchObject({
      performanceConfig: { latency: 'optimized' },
      serviceTier: { type: 'flex' },
    });
  });

  it.each(Object.entries(awsErrors))('throws its %s', async (name, { status, message }) => {
    for (const ask of [converse, stream]) {
      const failure = await ask(`/fault ${name}`)
        .then(() => undefined)
        .catch((error: BedrockRuntimeServiceException) => error);
      expect(failure).toMatchObject({ name, message, $metadata: { httpStatusCode: status } });
    }
  });

  it.each(Object.entries(streamExceptions).filter(([name]) => name !== 'modelTimeoutException'))(
    'throws its %s in mid-stream',
    async (name, type) => {
      for (const after of [0, 3]) {
        const failure = await stream(`/fault exception ${name} ${after}\n/long 50`)
          .then(() => undefined)
          .catch((error: BedrockRuntimeServiceException) => error);
        expect(failure).toMatchObject({ name: type, message: awsErrors[type].message });
      }
    },
  );

  it('throws what Claude refuses after a stream has begun', async () => {
    const content = [{ image: { format: 'jpeg' as const, source: { bytes: png } } }];
    await expect(stream('What is it?', { content })).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('appears to be a image/png image'),
    });
  });
});
