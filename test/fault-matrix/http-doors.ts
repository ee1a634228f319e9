import { readServerSentEvents, type ServerSentEvent } from '../../packages/client/src/sse.ts';
import { type Frame, nativeText, readFrames } from '../support/frames.ts';
import type { Door, Question, Seen } from './seen.ts';

/** The fields of bodies that these clients look at. */
interface Fields {
  readonly [name: string]: unknown;
}

/** How one ecosystem asks by HTTP, and reads what it gets. */
interface HttpDoor {
  readonly name: string;
  path(stream: boolean): string;
  body(prompt: string, stream: boolean): object;
  readonly headers?: Readonly<Record<string, string>>;
  /** The text of a whole answer. */
  whole(answer: Fields): string;
  /** What the events of a stream say. */
  streamed(events: readonly Told[]): Omit<Seen, 'generation'>;
}

/** An event of either kind of stream. */
interface Told {
  readonly name: string;
  readonly data: string;
}

const claude = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const userSays = (content: unknown) => [{ role: 'user', content }];

/** Every one of them. */
export const httpForms: readonly HttpDoor[] = [
  {
    name: 'generations',
    path: () => '/streambed/v1/generations',
    body: (prompt, stream) => ({ request: { model: 'anthropic', messages: userSays(prompt) }, stream }),
    whole: (answer) => textOfBlocks((answer.message as Fields).content),
    streamed: (events) => {
      const fields = events.map(({ data }) => JSON.parse(data) as Fields);
      const stop = fields.find(({ type }) => type === 'generation_stop');
      return ended(fields.map(deltaText).join(''), {
        good: stop?.state === 'completed',
        error: (stop?.error as Fields | undefined)?.code ?? failureOf(events),
      });
    },
  },
  {
    name: 'Anthropic',
    path: () => '/v1/messages',
    headers: { 'anthropic-version': '2023-06-01' },
    body: (prompt, stream) => ({
      model: 'anthropic',
      max_tokens: 1000,
      stream,
      messages: userSays(prompt),
    }),
    whole: (answer) => textOfBlocks(answer.content),
    streamed: (events) => {
      const fields = events.map(({ data }) => JSON.parse(data) as Fields);
      return ended(fields.map(deltaText).join(''), {
        good: fields.some(({ type }) => type === 'message_stop'),
        error: failureOf(events),
      });
    },
  },
  {
    name: 'OpenAI chat',
    path: () => '/v1/chat/completions',
    body: (prompt, stream) => ({ model: 'anthropic', stream, messages: userSays(prompt) }),
    whole: (answer) => (answer.choices as { message: { content: string } }[])[0]?.message.content ?? '',
    streamed: (events) => {
      const chunks = events.filter(({ data }) => data !== '[DONE]').map(({ data }) => JSON.parse(data));
      const choices = chunks.flatMap(
        (chunk) => (chunk.choices ?? []) as { delta?: { content?: string }; finish_reason?: string | null }[],
      );
      return ended(choices.map(({ delta }) => delta?.content ?? '').join(''), {
        // Either is an end to some client.
        good: events.length > chunks.length || choices.some(({ finish_reason: reason }) => reason != null),
        error: chunks.find(({ error }) => error !== undefined)?.error.code,
      });
    },
  },
  {
    name: 'OpenAI responses',
    path: () => '/v1/responses',
    body: (prompt, stream) => ({ model: 'anthropic', stream, input: prompt }),
    whole: (answer) =>
      (answer.output as { content?: { text?: string }[] }[])
        .flatMap(({ content = [] }) => content.map(({ text = '' }) => text))
        .join(''),
    streamed: (events) => {
      const fields = events.map(({ data }) => JSON.parse(data) as Fields);
      const named = (type: string) => fields.find((event) => event.type === type);
      const failed = named('response.failed')?.response as { error?: Fields } | undefined;
      return ended(
        fields.map(({ type, delta }) => (type === 'response.output_text.delta' ? delta : '')).join(''),
        {
          good: named('response.completed') !== undefined || named('response.incomplete') !== undefined,
          error: failed?.error?.code ?? named('error')?.code,
        },
      );
    },
  },
  {
    name: 'Bedrock converse',
    path: (stream) => `/model/${encodeURIComponent(claude)}/converse${stream ? '-stream' : ''}`,
    body: (prompt) => ({ messages: userSays([{ text: prompt }]) }),
    whole: (answer) => {
      const { message } = answer.output as { message: { content: { text?: string }[] } };
      return message.content.map(({ text = '' }) => text).join('');
    },
    streamed: (events) =>
      ended(
        events
          .filter(({ name }) => name === 'contentBlockDelta')
          .map(({ data }) => (JSON.parse(data) as { delta: { text?: string } }).delta.text ?? '')
          .join(''),
        { good: events.some(({ name }) => name === 'messageStop'), error: exceptionOf(events) },
      ),
  },
  {
    name: 'Bedrock invoke',
    path: (stream) => `/model/${encodeURIComponent(claude)}/invoke${stream ? '-with-response-stream' : ''}`,
    body: (prompt) => ({
      anthropic_version: 'bedrock-2023-05-31',
      max_tokens: 1000,
      messages: userSays(prompt),
    }),
    whole: (answer) => nativeText(answer),
    streamed: (events) => {
      const natives = events
        .filter(({ name }) => name === 'chunk')
        .map(({ data }) => JSON.parse(Buffer.from(JSON.parse(data).bytes, 'base64').toString()) as Fields);
      return ended(natives.map(nativeText).join(''), {
        good: natives.some(({ type }) => type === 'message_stop'),
        error: exceptionOf(events),
      });
    },
  },
];

/** Every door that speaks HTTP. */
export const httpDoors: readonly Door[] = httpForms.map((door) => ({
  name: door.name,
  ask: (question) => ask(door, question),
}));

async function ask(door: HttpDoor, { url, prompt, stream, headers, signal }: Question): Promise<Seen> {
  const response = await fetch(url + door.path(stream), {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...door.headers, ...headers },
    body: JSON.stringify(door.body(prompt, stream)),
    signal,
  });
  const generation = response.headers.get('x-streambed-generation') ?? undefined;
  if (response.status !== 200) {
    await response.arrayBuffer();
    return { end: 'refused', says: String(response.status), text: '', generation };
  }
  if (stream) return { ...door.streamed(await readStream(response)), generation };
  try {
    const text = door.whole((await response.json()) as Fields);
    return { end: 'complete', says: '200', text, generation };
  } catch (thrown) {
    signal.throwIfAborted();
    return { end: 'cut off', says: String(thrown), text: '', generation };
  }
}

/** The events of a stream, as many as came. */
async function readStream(response: Response): Promise<readonly Told[]> {
  const told: Told[] = [];
  if (response.headers.get('content-type')?.includes('eventstream')) {
    const chunks: Uint8Array[] = [];
    try {
      for await (const chunk of response.body ?? []) chunks.push(chunk);
    } catch {
      // What came is judged.
    }
    return readFrames(Buffer.concat(chunks)).map(toldOf);
  }
  try {
    for await (const event of readServerSentEvents(response.body as ReadableStream<Uint8Array>)) {
      told.push(event satisfies ServerSentEvent);
    }
  } catch {
    // What came is judged.
  }
  return told;
}

function toldOf({ kind, type, payload }: Frame): Told {
  return { name: kind === 'exception' ? `!${type}` : type, data: JSON.stringify(payload) };
}

function exceptionOf(events: readonly Told[]): string | undefined {
  return events.find(({ name }) => name.startsWith('!'))?.name.slice(1);
}

/** The type of an `error` event, as Anthropic's API and ours send it. */
function failureOf(events: readonly Told[]): unknown {
  const event = events.find(({ name }) => name === 'error');
  return event === undefined ? undefined : JSON.parse(event.data).error.type;
}

/** An error counts before a good end: both together would be a lie, and are kept apart. */
function ended(text: string, { good, error }: { good: boolean; error: unknown }): Omit<Seen, 'generation'> {
  if (error !== undefined) {
    return { end: good ? 'complete' : 'error inside', says: String(error), text };
  }
  return { end: good ? 'complete' : 'cut off', says: '200', text };
}

function deltaText({ type, delta }: Fields): string {
  const { type: kind, text } = (delta ?? {}) as Fields;
  return type === 'content_block_delta' && kind === 'text_delta' ? String(text) : '';
}

function textOfBlocks(content: unknown): string {
  return (content as { text?: string }[]).map(({ text = '' }) => text).join('');
}
