import * as sdk from '@aws-sdk/client-bedrock-runtime';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { haiku, messages } from '../test/ask.ts';
import { type AwsErrorName, awsErrors, streamExceptions } from './errors.ts';
import { type Emulator, startEmulator } from './index.ts';

type ErrorClass = new (...args: never[]) => sdk.BedrockRuntimeServiceException;

/** Every error class the client exports, so that one that AWS adds fails here until the emulator knows it. */
const classes = Object.entries(sdk).flatMap(([name, value]): [string, ErrorClass][] => {
  const its: unknown = typeof value === 'function' ? value.prototype : undefined;
  return its instanceof sdk.BedrockRuntimeServiceException ? [[name, value as unknown as ErrorClass]] : [];
});

let emulator: Emulator;
let client: sdk.BedrockRuntimeClient;
beforeAll(async () => {
  emulator = await startEmulator({ pace: 'instant' });
  client = new sdk.BedrockRuntimeClient({
    endpoint: emulator.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    maxAttempts: 1,
  });
});
afterAll(async () => {
  client.destroy();
  await emulator.stop();
});

const invokeStream = async (prompt: string) => {
  const answer = await client.send(
    new sdk.InvokeModelWithResponseStreamCommand({ modelId: haiku, body: JSON.stringify(messages(prompt)) }),
  );
  return drained(answer.body);
};

const converseStream = async (text: string) => {
  const answer = await client.send(
    new sdk.ConverseStreamCommand({ modelId: haiku, messages: [{ role: 'user', content: [{ text }] }] }),
  );
  return drained(answer.stream);
};

async function drained(stream: AsyncIterable<unknown> | undefined): Promise<number> {
  let events = 0;
  for await (const _ of stream ?? []) events += 1;
  return events;
}

const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'It passed.',
    (error: unknown) => error,
  );

it('the client has the error classes that are looked at here', () => {
  expect(classes.length).toBeGreaterThanOrEqual(12);
  for (const [name] of classes) expect(Object.keys(awsErrors)).toContain(name);
});

describe.each(classes)('%s', (name, errorClass) => {
  const { status } = awsErrors[name as AwsErrorName];

  it('is thrown in place of an answer and of a stream', async () => {
    const body = JSON.stringify(messages(`/fault ${name}`));
    for (const attempt of [
      client.send(new sdk.InvokeModelCommand({ modelId: haiku, body })),
      invokeStream(`/fault ${name}`),
      converseStream(`/fault ${name}`),
      client.send(
        new sdk.ConverseCommand({
          modelId: haiku,
          messages: [{ role: 'user', content: [{ text: `/fault ${name}` }] }],
        }),
      ),
    ]) {
      const error = await failure(attempt);
      expect(error).toBeInstanceOf(errorClass);
      expect((error as sdk.BedrockRuntimeServiceException).$metadata.httpStatusCode).toBe(status);
    }
  });
});

describe.each(Object.entries(streamExceptions))('%s in mid-stream', (exception, name) => {
  const errorClass = classes.find(([its]) => its === name)?.[1];

  it('is thrown as its class', async () => {
    for (const after of [0, 1, 5]) {
      const prompt = `/fault exception ${exception} ${after}\n/long 60`;
      expect(await failure(invokeStream(prompt))).toBeInstanceOf(errorClass);
      // Converse has no modelTimeoutException in its stream: the SDK then knows the name alone.
      const error = await failure(converseStream(prompt));
      if (exception === 'modelTimeoutException') expect(error).toBeInstanceOf(Error);
      else expect(error).toBeInstanceOf(errorClass);
    }
  });
});
