import {
  BedrockClient,
  GetFoundationModelCommand,
  GetInferenceProfileCommand,
  ListFoundationModelsCommand,
  paginateListInferenceProfiles,
} from '@aws-sdk/client-bedrock';
import {
  ApplyGuardrailCommand,
  BedrockRuntimeClient,
  type BedrockRuntimeClientConfig,
  ConverseCommand,
  ConverseStreamCommand,
  type ConverseStreamOutput,
  CountTokensCommand,
  GetAsyncInvokeCommand,
  InvokeGuardrailChecksCommand,
  InvokeModelCommand,
  InvokeModelWithBidirectionalStreamCommand,
  InvokeModelWithResponseStreamCommand,
  ListAsyncInvokesCommand,
  type Message,
  StartAsyncInvokeCommand,
} from '@aws-sdk/client-bedrock-runtime';
import { NodeHttpHandler } from '@smithy/node-http-handler';
import { callTool, failing, say, startEmulator, think } from '@streambed/bedrock-emulator';
import { describe, expect, test } from 'vitest';
import { type Gateway, startGateway } from '../../apps/server/test/gateway.ts';
import { feature as declare } from './matrix.ts';
import { expectGone, lastBody, pixel, scripted, unending } from './upstream.ts';

const claude = 'claude-haiku';
/** One that is called by Converse, whose native body nobody here speaks. */
const nova = 'us.amazon.nova-2-lite-v1:0';
const hello: Message[] = [{ role: 'user', content: [{ text: 'Hello' }] }];
const toolConfig = {
  tools: [{ toolSpec: { name: 'weather', inputSchema: { json: { type: 'object' } } } }],
};
const nativeHello = JSON.stringify({
  anthropic_version: 'bedrock-2023-05-31',
  max_tokens: 99,
  messages: [{ role: 'user', content: 'Hello' }],
});
const key = { token: { token: 'a-key' }, authSchemePreference: ['httpBearerAuth'] };

// As it is the client speaks HTTP/2 without TLS; most others, and many of its users, speak HTTP/1.1.
describe.each<[string, () => Partial<BedrockRuntimeClientConfig>]>([
  ['HTTP/2', () => ({})],
  ['HTTP/1.1', () => ({ requestHandler: new NodeHttpHandler() })],
])('over %s', (http, config) => {
  const feature = declare.bind(undefined, `@aws-sdk/client-bedrock-runtime over ${http}`);
  const clientOf = ({ url }: Pick<Gateway, 'url'>) =>
    new BedrockRuntimeClient({ endpoint: url, region: 'us-east-1', maxAttempts: 1, ...key, ...config() });

  feature('plain', 'works', async () => {
    await using gateway = await scripted(() => say('Hello.'));
    for (const modelId of [
      claude,
      nova,
      'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0',
    ]) {
      const { output, stopReason, usage, $metadata } = await clientOf(gateway).send(
        new ConverseCommand({ modelId, messages: hello, inferenceConfig: { maxTokens: 9 } }),
      );
      expect(output?.message?.content).toEqual([{ text: 'Hello.' }]);
      expect(stopReason).toBe('end_turn');
      expect(usage?.totalTokens).toBeGreaterThan(2);
      expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
    }
    expect(lastBody(gateway)).toMatchObject({
      inferenceConfig: { maxTokens: 9 },
      requestMetadata: { streambed_project: 'default' },
    });
  });

  feature('stream', 'works', async () => {
    await using gateway = await scripted(() => say(['Hel', 'lo', '.']));
    for (const modelId of [claude, nova]) {
      const events = await converseStream(clientOf(gateway), { modelId, messages: hello });
      expect(textOf(events)).toBe('Hello.');
      expect(events[0]).toEqual({ messageStart: { role: 'assistant' } });
      expect(events.at(-1)?.metadata?.usage?.outputTokens).toBeGreaterThan(0);
    }
  });

  feature('tools', 'works', async () => {
    await using gateway = await scripted(({ turn }) =>
      turn.messages.at(-1)?.toolResults.length === 1
        ? say('It is 12 degrees.')
        : callTool('weather', { city: 'Oslo' }),
    );
    const client = clientOf(gateway);
    for (const modelId of [claude, nova]) {
      const asked = { modelId, messages: hello, toolConfig };
      const { output, stopReason } = await client.send(new ConverseCommand(asked));
      expect(stopReason).toBe('tool_use');
      const call = output?.message?.content?.[0]?.toolUse;
      expect(call).toMatchObject({ name: 'weather', input: { city: 'Oslo' } });
      const toolResult = { toolUseId: call?.toolUseId, content: [{ text: '12' }] };
      const messages = [
        ...hello,
        { ...output?.message, role: 'assistant' as const, content: output?.message?.content },
        { role: 'user' as const, content: [{ toolResult }] },
      ];
      const answered = await converseStream(client, { ...asked, messages });
      expect(textOf(answered)).toBe('It is 12 degrees.');
      const streamed = await converseStream(client, asked);
      const inputs = streamed.map((event) => event.contentBlockDelta?.delta?.toolUse?.input ?? '');
      expect(JSON.parse(inputs.join(''))).toEqual({ city: 'Oslo' });
    }
  });

  feature('images', 'works', async () => {
    await using gateway = await scripted(({ turn }) => say(turn.messages[0]?.attachments.join() ?? ''));
    const bytes = Buffer.from(pixel.split(',')[1] as string, 'base64');
    const content = [{ text: 'What is this?' }, { image: { format: 'png' as const, source: { bytes } } }];
    const { output } = await clientOf(gateway).send(
      new ConverseCommand({ modelId: claude, messages: [{ role: 'user', content }] }),
    );
    expect(output?.message?.content).toEqual([{ text: 'image/png' }]);
  });

  feature('thinking', 'works', async () => {
    await using gateway = await scripted(() => think('Two and two.', say('Four.')));
    const events = await converseStream(clientOf(gateway), {
      modelId: claude,
      messages: hello,
      inferenceConfig: { maxTokens: 4000 },
      additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1024 } },
    });
    const thoughts = events.map(({ contentBlockDelta }) => contentBlockDelta?.delta?.reasoningContent);
    expect(thoughts.map((thought) => thought?.text ?? '').join('')).toBe('Two and two.');
    expect(thoughts.some((thought) => thought?.signature)).toBe(true);
    expect(textOf(events)).toBe('Four.');
  });

  feature('error', 'works', async () => {
    await using gateway = await scripted(({ prompt }) =>
      failing(say('x'), { type: 'error', name: prompt as 'ThrottlingException' }),
    );
    const client = clientOf(gateway);
    for (const [name, status] of [
      ['AccessDeniedException', 403],
      ['ResourceNotFoundException', 404],
      ['ValidationException', 400],
      ['ModelErrorException', 424],
      ['ThrottlingException', 429],
    ] as const) {
      const messages: Message[] = [{ role: 'user', content: [{ text: name }] }];
      for (const command of [ConverseCommand, ConverseStreamCommand]) {
        const failed = client.send(new command({ modelId: claude, messages }) as ConverseCommand);
        await expect(failed).rejects.toMatchObject({
          name,
          $metadata: { httpStatusCode: status, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        });
      }
    }
    const unknown = client.send(new ConverseCommand({ modelId: 'claud-haiku', messages: hello }));
    await expect(unknown).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('Did you mean claude-haiku'),
    });
  });

  feature('error in mid-stream', 'works', async () => {
    const words = ['one ', 'two ', 'three ', 'four ', 'five ', 'six '];
    const faults = {
      'model stream error': { type: 'exception', name: 'modelStreamErrorException', after: 4 },
      cut: { type: 'cut', at: 'mid-frame', after: 4 },
      'before stop': { type: 'cut', at: 'before-stop', clean: true },
      corrupt: { type: 'corrupt', after: 4 },
    } as const;
    await using gateway = await scripted(({ prompt }) =>
      failing(say(words), faults[prompt as keyof typeof faults]),
    );
    for (const fault of Object.keys(faults)) {
      const messages: Message[] = [{ role: 'user', content: [{ text: fault }] }];
      const seen: ConverseStreamOutput[] = [];
      const reading = converseStream(clientOf(gateway), { modelId: claude, messages }, seen);
      await expect(reading, fault).rejects.toMatchObject({
        name: fault === 'model stream error' ? 'ModelStreamErrorException' : 'InternalServerException',
        message: expect.stringMatching(/\w/),
      });
      expect(words.join('').startsWith(textOf(seen)), fault).toBe(true);
      expect(textOf(seen), fault).not.toBe('');
      expect(seen.some(({ metadata }) => metadata !== undefined)).toBe(false);
    }
  });

  feature('abort', 'works', async () => {
    await using gateway = await scripted(() => unending);
    const leaving = new AbortController();
    const { stream = [] } = await clientOf(gateway).send(
      new ConverseStreamCommand({ modelId: claude, messages: hello }),
      { abortSignal: leaving.signal },
    );
    await expectGone(gateway, async () => {
      let seen = 0;
      const reading = (async () => {
        for await (const _ of stream) {
          seen += 1;
          if (seen === 3) leaving.abort();
        }
      })();
      await reading.catch(() => {});
    });
  });

  feature('abort before the answer', 'works', async () => {
    await using gateway = await scripted(() => failing(say('x'), { type: 'stall', after: 'headers' }));
    const leaving = new AbortController();
    const asked = clientOf(gateway).send(new ConverseCommand({ modelId: claude, messages: hello }), {
      abortSignal: leaving.signal,
    });
    asked.catch(() => {});
    await gateway.emulator.received(1);
    await expectGone(gateway, () => leaving.abort());
    await expect(asked).rejects.toThrow();
  });

  feature('InvokeModel', 'works', async () => {
    await using gateway = await scripted(() => say('Hello.'));
    const client = clientOf(gateway);
    const { body, contentType } = await client.send(
      new InvokeModelCommand({ modelId: claude, body: nativeHello }),
    );
    expect(JSON.parse(body.transformToString())).toMatchObject({
      content: [{ type: 'text', text: 'Hello.' }],
    });
    expect(contentType).toBe('application/json');
    const embedded = await client.send(
      new InvokeModelCommand({
        modelId: 'amazon.titan-embed-text-v2:0',
        body: JSON.stringify({ inputText: 'Hello', dimensions: 256 }),
        contentType: 'application/json',
        accept: 'application/json',
      }),
    );
    expect(JSON.parse(embedded.body.transformToString()).embedding).toHaveLength(256);
  });

  feature('InvokeModelWithResponseStream', 'works', async () => {
    await using gateway = await scripted(() => say(['Hel', 'lo.']));
    const bodies = {
      [claude]: nativeHello,
      llama3: JSON.stringify({ prompt: 'Hello' }),
      [nova]: JSON.stringify({ messages: [{ role: 'user', content: [{ text: 'Hello' }] }] }),
    };
    for (const [modelId, body] of Object.entries(bodies)) {
      const answer = await clientOf(gateway).send(
        new InvokeModelWithResponseStreamCommand({ modelId, body }),
      );
      const natives: Record<string, unknown>[] = [];
      for await (const { chunk } of answer.body ?? []) {
        natives.push(JSON.parse(Buffer.from(chunk?.bytes ?? []).toString('utf8')));
      }
      expect(JSON.stringify(natives)).toContain('Hel');
      expect(natives.at(-1)).toHaveProperty('amazon-bedrock-invocationMetrics');
    }
  });

  feature('CountTokens', 'works', async () => {
    await using gateway = await scripted();
    const counted = await clientOf(gateway).send(
      new CountTokensCommand({ modelId: claude, input: { converse: { messages: hello } } }),
    );
    expect(counted.inputTokens).toBeGreaterThan(0);
    const native = { invokeModel: { body: Buffer.from(nativeHello) } };
    const again = await clientOf(gateway).send(new CountTokensCommand({ modelId: claude, input: native }));
    expect(again.inputTokens).toBeGreaterThan(0);
  });

  feature('ApplyGuardrail', 'works', async () => {
    await using gateway = await startGateway({
      emulator: { guardrails: [{ id: 'abc', words: ['secret'] }] },
    });
    const look = (text: string) =>
      clientOf(gateway).send(
        new ApplyGuardrailCommand({
          guardrailIdentifier: 'abc',
          guardrailVersion: 'DRAFT',
          source: 'INPUT',
          content: [{ text: { text } }],
        }),
      );
    expect((await look('the secret')).action).toBe('GUARDRAIL_INTERVENED');
    expect((await look('the weather')).action).toBe('NONE');
  });

  feature('InvokeGuardrailChecks', 'refused', async () => {
    await using gateway = await startGateway();
    // Passed on: AWS takes no API key for it, and this server has only one.
    const asked = clientOf(gateway).send(new InvokeGuardrailChecksCommand({} as never));
    await expect(asked).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });

  feature('asynchronous invocations', 'refused', async () => {
    await using gateway = await startGateway();
    const client = clientOf(gateway);
    const arn = 'arn:aws:bedrock:us-east-1:123456789012:async-invoke/abcdefghijkl';
    const outputDataConfig = { s3OutputDataConfig: { s3Uri: 's3://bucket' } };
    for (const asked of [
      client.send(new StartAsyncInvokeCommand({ modelId: nova, modelInput: {}, outputDataConfig })),
      client.send(new ListAsyncInvokesCommand({})),
      client.send(new GetAsyncInvokeCommand({ invocationArn: arn })),
    ]) {
      await expect(asked).rejects.toMatchObject({
        name: 'ValidationException',
        message: expect.stringContaining('not served here'),
      });
    }
    expect(gateway.emulator.requests).toEqual([]);
  });
});

declare(
  '@aws-sdk/client-bedrock-runtime over HTTP/2',
  'InvokeModelWithBidirectionalStream',
  'refused',
  async () => {
    await using gateway = await startGateway();
    const client = new BedrockRuntimeClient({
      endpoint: gateway.url,
      region: 'us-east-1',
      maxAttempts: 1,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    });
    // A two-way request has no end before its answer has.
    async function* endless() {
      yield { chunk: { bytes: Buffer.from('{}') } };
      await new Promise(() => {});
    }
    const asked = client.send(
      new InvokeModelWithBidirectionalStreamCommand({ modelId: 'amazon.nova-sonic-v1:0', body: endless() }),
    );
    await expect(asked).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('not served here'),
    });
    client.destroy();
  },
);

const lists = declare.bind(undefined, '@aws-sdk/client-bedrock');

lists('lists and details of models', 'works', async () => {
  await using gateway = await withControlPlane();
  const client = new BedrockClient({ endpoint: gateway.url, region: 'us-east-1', ...key });
  const { modelSummaries = [] } = await client.send(
    new ListFoundationModelsCommand({ byProvider: 'Anthropic' }),
  );
  expect(modelSummaries.length).toBeGreaterThan(3);
  const modelIdentifier = modelSummaries[0]?.modelArn as string;
  const { modelDetails } = await client.send(new GetFoundationModelCommand({ modelIdentifier }));
  expect(modelDetails).toEqual(modelSummaries[0]);
});

lists('lists and details of inference profiles', 'works', async () => {
  await using gateway = await withControlPlane();
  const client = new BedrockClient({ endpoint: gateway.url, region: 'us-east-1', ...key });
  const pages = paginateListInferenceProfiles({ client, pageSize: 7 }, { typeEquals: 'SYSTEM_DEFINED' });
  const profiles = (await Array.fromAsync(pages)).flatMap((page) => page.inferenceProfileSummaries ?? []);
  expect(profiles.length).toBeGreaterThan(7);
  const inferenceProfileIdentifier = profiles[0]?.inferenceProfileArn as string;
  const profile = await client.send(new GetInferenceProfileCommand({ inferenceProfileIdentifier }));
  expect(profile.inferenceProfileId).toBe(profiles[0]?.inferenceProfileId);
});

lists('error', 'works', async () => {
  await using gateway = await withControlPlane();
  const client = new BedrockClient({ endpoint: gateway.url, region: 'us-east-1', maxAttempts: 1, ...key });
  const asked = client.send(new GetFoundationModelCommand({ modelIdentifier: 'amazon.nova-x-v9:0' }));
  await expect(asked).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
});

test('a signature is accepted unread where there are no keys', async () => {
  await using gateway = await scripted(() => say('Hello.'));
  const client = new BedrockRuntimeClient({
    endpoint: gateway.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'nobody', secretAccessKey: 'nothing' },
  });
  const { stopReason } = await client.send(new ConverseCommand({ modelId: claude, messages: hello }));
  expect(stopReason).toBe('end_turn');
  client.destroy();
});

/** A server whose control plane is another emulator: it must be known before the server starts. */
async function withControlPlane(): Promise<Gateway> {
  const control = await startEmulator({ pace: 'instant' });
  const gateway = await startGateway({ env: { AWS_ENDPOINT_URL_BEDROCK: control.url } });
  return {
    ...gateway,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await control.stop();
    },
  };
}

/** The events of a ConverseStream; onto `into` as they come. */
async function converseStream(
  client: BedrockRuntimeClient,
  input: ConstructorParameters<typeof ConverseStreamCommand>[0],
  into: ConverseStreamOutput[] = [],
): Promise<ConverseStreamOutput[]> {
  const { stream = [] } = await client.send(new ConverseStreamCommand(input));
  for await (const event of stream) into.push(event);
  return into;
}

function textOf(events: readonly ConverseStreamOutput[]): string {
  return events.map((event) => event.contentBlockDelta?.delta?.text ?? '').join('');
}
