import { findModel } from '@streambed/model-facts';
import {
  type ContentBlock,
  type Message,
  type MessagesRequest,
  messagesRequestSchema,
  parseWith,
  StreambedError,
} from '@streambed/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { times } from '../../../test/support/long.ts';
import { type Emulator, type Reply, startEmulator, type Turn } from '../../bedrock-emulator/src/index.ts';
import { clientAt, collect } from '../test/run.ts';
import type { Bedrock } from './index.ts';

/**
 * Random conversations through the client to the emulator and back, over real sockets. The two share no code and no
 * reading of Bedrock: what one of them got wrong, the other refuses.
 */

/** Each family, and of Converse each kind of model. */
const models = [
  ['anthropic.claude-haiku-4-5-20251001-v1:0', undefined],
  ['anthropic.claude-sonnet-4-6', undefined],
  ['anthropic.claude-opus-4-8', undefined],
  ['anthropic.claude-3-haiku-20240307-v1:0', undefined],
  ['meta.llama3-8b-instruct-v1:0', undefined],
  ['meta.llama3-3-70b-instruct-v1:0', undefined],
  ['anthropic.claude-haiku-4-5-20251001-v1:0', 'converse'],
  ['anthropic.claude-3-7-sonnet-20250219-v1:0', 'converse'],
  ['anthropic.claude-opus-4-8', 'converse'],
  ['meta.llama3-3-70b-instruct-v1:0', 'converse'],
  ['meta.llama4-maverick-17b-instruct-v1:0', 'converse'],
  ['amazon.nova-lite-v1:0', 'converse'],
  ['amazon.nova-2-lite-v1:0', 'converse'],
  ['mistral.mistral-large-2407-v1:0', 'converse'],
  ['mistral.pixtral-large-2502-v1:0', 'converse'],
  ['openai.gpt-oss-120b-1:0', 'converse'],
  ['qwen.qwen3-32b-v1:0', 'converse'],
  ['deepseek.r1-v1:0', 'converse'],
  ['deepseek.v3-v1:0', 'converse'],
  ['moonshotai.kimi-k2.5', 'converse'],
  ['writer.palmyra-x5-v1:0', 'converse'],
  ['cohere.command-r-plus-v1:0', 'converse'],
  ['ai21.jamba-1-5-mini-v1:0', 'converse'],
  ['amazon.titan-text-express-v1', 'converse'],
] as const;

const png =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const gif = 'R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7';

/** Well-formed, as it arrives over HTTP: half a surrogate pair can't be sent as UTF-8. */
const words = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', ' \n', 'Hello.', 'ünïcödé 😀', '<|eot_id|>', '{"a": 1}', '\u0000', '日本語'),
);
const mark = fc.oneof(
  { weight: 9, arbitrary: fc.constant(undefined) },
  { weight: 1, arbitrary: fc.constantFrom({ type: 'ephemeral' }, { type: 'ephemeral', ttl: '1h' }) },
);
const text = fc.record({ type: fc.constant('text'), text: words, cache_control: mark });
const image = fc.constantFrom(
  { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
  { type: 'image', source: { type: 'base64', media_type: 'image/gif', data: gif } },
);
const document = fc.record({
  type: fc.constant('document'),
  title: fc.option(fc.oneof(words, fc.constantFrom('Bericht  2026', '报告', 'a.b', 'a'.repeat(300)))),
  source: fc.constantFrom(
    { type: 'base64', media_type: 'application/pdf', data: 'JVBERi0xLjQK' },
    { type: 'text', media_type: 'text/plain', data: 'Rivers run. They are old.' },
    { type: 'content', content: [{ type: 'text', text: 'Rivers run.' }] },
  ),
  citations: fc.constantFrom(undefined, { enabled: true }),
});
const call = fc.record({
  type: fc.constant('tool_use'),
  id: fc.constantFrom('toolu_1', 'call|2', 'functions.x:0', 'é', 'y'.repeat(90)),
  name: fc.constantFrom('search', 'files_read', 'a.b'),
  input: fc.dictionary(fc.string({ maxLength: 4 }), fc.jsonValue({ maxDepth: 1 })),
});

/**
 * At most five documents: AWS's texts speak of five in a request, its reference of five in a message. The client leaves
 * the count to AWS.
 */
function fewDocuments(messages: readonly Message[]): readonly Message[] {
  let left = 5;
  const keep = (block: unknown): unknown[] => {
    const { type, content } = block as { type: string; content?: unknown };
    if (type === 'document') return left-- > 0 ? [block] : [];
    if (type !== 'tool_result' || !Array.isArray(content)) return [block];
    return [{ ...(block as object), content: content.flatMap(keep) }];
  };
  return messages.map((message) =>
    typeof message.content === 'string'
      ? message
      : { ...message, content: message.content.flatMap(keep) as ContentBlock[] },
  );
}

/** A turn of the user's and its answer; when tools were called, the results of all calls, in any order. */
function exchange(thought: readonly ContentBlock[]): fc.Arbitrary<Message[]> {
  const said = fc.oneof(
    { weight: 8, arbitrary: text },
    { weight: 1, arbitrary: image },
    { weight: 1, arbitrary: document },
  );
  const answered = fc.oneof(
    { weight: 4, arbitrary: text },
    ...(thought.length > 0 ? [{ weight: 1, arbitrary: fc.constantFrom(...thought) }] : []),
  );
  const content = fc.oneof(words, fc.array(fc.oneof(text, image, document), { maxLength: 2 }));
  return fc
    .record({
      question: fc.array(said, { maxLength: 3 }),
      answer: fc.array(answered as fc.Arbitrary<unknown>, { maxLength: 3 }),
      calls: fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: fc.uniqueArray(call, { maxLength: 3, selector: ({ id }) => id }) },
      ),
      beside: fc.array(said, { maxLength: 2 }),
      results: fc.array(fc.record({ content, is_error: fc.boolean(), first: fc.boolean() }), {
        minLength: 3,
        maxLength: 3,
      }),
    })
    .map(({ question, answer, calls: made, beside, results }) => {
      const calls = made as readonly { readonly id: string }[];
      const turns: unknown[] = [
        { role: 'user', content: [...question, { type: 'text', text: 'And now?' }] },
        { role: 'assistant', content: [...answer, ...calls] },
      ];
      const given = calls.map(({ id }, nth) => ({
        first: results[nth]?.first === true,
        block: {
          type: 'tool_result',
          tool_use_id: id,
          content: results[nth]?.content ?? 'ok',
          is_error: results[nth]?.is_error ?? false,
        },
      }));
      const before = given.filter(({ first }) => first).map(({ block }) => block);
      const after = given.filter(({ first }) => !first).map(({ block }) => block);
      if (calls.length > 0) turns.push({ role: 'user', content: [...before, ...after, ...beside] });
      return turns as Message[];
    });
}

const tools = ['search', 'files_read', 'a.b'].map((name) => ({
  name,
  description: 'Does it.',
  input_schema: { type: 'object', properties: { q: { type: 'string' } } },
}));

const extras = fc
  .array(
    fc.oneof(
      words.map((system) => ({ system })),
      fc.array(text, { maxLength: 2 }).map((system) => ({ system })),
      fc.constantFrom(0, 1).map((temperature) => ({ temperature })),
      fc.constant({ top_p: 0.9 }),
      fc.constant({ top_k: 40 }),
      fc.constantFrom(['END'], ['\n\nHuman:', 'x']).map((stop_sequences) => ({ stop_sequences })),
      fc
        .constantFrom({ type: 'auto' }, { type: 'any' }, { type: 'none' }, { type: 'tool', name: 'search' })
        .map((tool_choice) => ({ tool_choice, tools })),
      fc
        .constantFrom(
          { type: 'enabled', budget_tokens: 1024 },
          { type: 'enabled', budget_tokens: 2000 },
          { type: 'adaptive' },
          { type: 'disabled' },
        )
        .map((thinking) => ({ thinking })),
      fc
        .constantFrom(
          { effort: 'low' },
          { format: { type: 'json_schema', schema: { type: 'object', additionalProperties: false } } },
        )
        .map((output_config) => ({ output_config })),
    ),
    { maxLength: 3 },
  )
  .map((fields) => Object.assign({}, ...fields) as object);

/** Claude's own body is passed on as it came: what it says is between the caller and the model. */
const asIs = ([id, api]: (typeof models)[number]) => id.startsWith('anthropic.') && api === undefined;

/** A conversation as Anthropic's API takes it: nothing blank, good ids, few marks for the cache. */
function tidy(messages: readonly Message[]): Message[] {
  let marks = 0;
  const clean = (block: ContentBlock): ContentBlock[] => {
    const { cache_control, ...rest } = block as ContentBlock & { cache_control?: unknown };
    const { type } = rest;
    if (type === 'text' && String(rest.text).trim() === '') return [];
    if (cache_control !== undefined && marks++ < 4)
      return [{ ...rest, cache_control: { type: 'ephemeral' } } as ContentBlock];
    const id = (value: unknown) => String(value).replace(/[^\w-]/g, '_');
    if (type === 'tool_use') return [{ ...rest, id: id(rest.id), name: id(rest.name) } as ContentBlock];
    if (type === 'tool_result')
      return [
        { ...rest, tool_use_id: id(rest.tool_use_id), content: cleanAll(rest.content) } as ContentBlock,
      ];
    return [rest as ContentBlock];
  };
  const cleanAll = (content: unknown) =>
    Array.isArray(content) ? content.flatMap((block) => clean(block as ContentBlock)) : content;
  const turns: { role: Message['role']; content: ContentBlock[] }[] = [];
  for (const { role, content } of messages) {
    const blocks = typeof content === 'string' ? [{ type: 'text', text: content } as ContentBlock] : content;
    const cleaned = cleanAll(blocks) as ContentBlock[];
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...cleaned);
    else turns.push({ role, content: cleaned.length > 0 ? cleaned : [{ type: 'text', text: 'Hm.' }] });
  }
  return turns;
}

/** Tools by names that Anthropic's API takes, where no client's table of names stands between. */
function goodNames(model: (typeof models)[number], more: object): object {
  return asIs(model) && 'tools' in more
    ? { ...more, tools: tools.map((tool) => ({ ...tool, name: tool.name.replace(/[^\w-]/g, '_') })) }
    : more;
}

/** The settings a model takes: of others the client lets the model say so itself. */
function taken(settings: object, id: string): object {
  const { thinking, temperature, top_p, top_k, tool_choice, ...rest } = settings as Record<
    string,
    unknown
  > & {
    readonly thinking?: { readonly type: string };
    readonly tool_choice?: { readonly type: string };
  };
  const facts = findModel(id);
  const thinks =
    thinking !== undefined &&
    (thinking.type === 'disabled'
      ? facts?.thinking?.supported === true
      : !id.startsWith('anthropic.') || facts?.thinking?.modes?.includes(thinking.type as 'enabled'));
  const on = thinks && thinking.type !== 'disabled';
  const samples = facts?.samplingParams !== false && !on;
  return {
    ...rest,
    ...(thinks && { thinking }),
    ...(samples && temperature !== undefined && { temperature }),
    ...(samples && temperature === undefined && top_p !== undefined && { top_p }),
    ...(samples && top_k !== undefined && { top_k }),
    ...((!on || tool_choice?.type === 'auto') && tool_choice !== undefined && { tool_choice }),
  };
}

const signal = new AbortController().signal;

describe('any conversation, to the emulator and back', () => {
  let emulator: Emulator;
  let bedrock: Bedrock;
  let reply: ((turn: Turn) => Reply) | undefined;

  beforeAll(async () => {
    emulator = await startEmulator({ pace: 'instant', script: ({ turn }) => reply?.(turn) });
    bedrock = clientAt(emulator.url, { retry: { attempts: 1 } });
  });
  afterAll(async () => {
    await bedrock.close();
    await emulator.stop();
  });

  /** What came of a request; `undefined` when the client refused it before it sent anything. */
  async function ask(request: MessagesRequest, stream: boolean) {
    parseWith(messagesRequestSchema, request);
    let generation: ReturnType<Bedrock['generate']>;
    try {
      generation = bedrock.generate(request, { generation: 'gen_test', signal, stream });
    } catch (error) {
      if (!(error instanceof StreambedError)) throw error;
      expect(['SB_BAD_REQUEST', 'SB_UNSUPPORTED', 'SB_MODEL_UNSUPPORTED']).toContain(error.code);
      return undefined;
    }
    return await collect(generation);
  }

  const requestOf = (
    [model, api]: (typeof models)[number],
    messages: readonly Message[],
    more: object,
  ): MessagesRequest =>
    ({ model, max_tokens: 4096, messages, ...more, ...(api && { bedrock: { api } }) }) as MessagesRequest;

  /** Thinking that a model really sent, to be sent back. */
  async function thoughts(model: (typeof models)[number]): Promise<readonly ContentBlock[]> {
    reply = undefined;
    const asked = [{ role: 'user' as const, content: '/think Where to?\n/say There.' }];
    for (const thinking of [
      { type: 'adaptive', display: 'summarized' },
      { type: 'enabled', budget_tokens: 1024 },
    ]) {
      const outcome = await ask(requestOf(model, asked, { thinking }), true);
      const found = outcome?.message.content.filter(({ type }) => type === 'thinking') ?? [];
      if (found.length > 0) return found;
    }
    return [];
  }

  test.each(models.map((model) => [`${model[0]} by ${model[1] ?? 'its own body'}`, model] as const))(
    'what the client sends to %s is never refused',
    async (_name, model) => {
      const thought = await thoughts(model);
      reply = () => ({ blocks: [{ type: 'text', text: 'Well.' }] });
      let accepted = 0;
      await fc.assert(
        fc.asyncProperty(
          fc.array(exchange(thought), { minLength: 1, maxLength: 3 }),
          extras,
          fc.boolean(),
          async (exchanges, more, stream) => {
            const last = { role: 'user' as const, content: 'Go on.' };
            const asked = fewDocuments([...exchanges.flat(), last]);
            const messages = asIs(model) ? tidy(asked) : asked;
            const calls = JSON.stringify(messages).includes('"tool_use"');
            const outcome = await ask(
              requestOf(
                model,
                messages,
                goodNames(model, { ...(calls && { tools }), ...taken(more, model[0]) }),
              ),
              stream,
            );
            if (outcome === undefined) return;
            accepted += 1;
            expect(outcome.stop.error?.upstream?.message ?? outcome.stop.error?.message).toBeUndefined();
            expect(outcome.stop.state).toBe('completed');
          },
        ),
        { numRuns: times(60) },
      );
      // A client that refuses everything is never refused either.
      expect(accepted).toBeGreaterThan(4);
    },
  );

  const answers = fc
    .record({
      thought: fc.option(words.filter((said) => said.trim() !== '')),
      said: fc.array(
        words.filter((piece) => piece !== ''),
        { minLength: 1, maxLength: 6 },
      ),
      calls: fc.array(
        fc.record({
          name: fc.constantFrom('search', 'files_read', 'a.b'),
          // Through JSON: there is no -0 in it.
          input: fc
            .dictionary(fc.string({ unit: 'grapheme', maxLength: 4 }), fc.jsonValue({ maxDepth: 2 }))
            .map((input) => JSON.parse(JSON.stringify(input)) as Record<string, unknown>),
        }),
        { maxLength: 3 },
      ),
    })
    .filter(({ said }) => said.join('').trim() !== '');

  test.each(models.map((model) => [`${model[0]} by ${model[1] ?? 'its own body'}`, model] as const))(
    'what %s says arrives word for word',
    async (_name, model) => {
      const facts = findModel(model[0]);
      const converse = model[1] === 'converse';
      const ownBody = model[0].startsWith('meta.') && !converse;
      await fc.assert(
        fc.asyncProperty(answers, fc.boolean(), async ({ thought, said, calls }, stream) => {
          const canCall =
            facts?.tools !== false &&
            !ownBody &&
            !(stream && converse && facts?.toolsWhileStreaming === false);
          const shown = canCall ? calls : [];
          const named = asIs(model) ? goodNames(model, { tools }) : { tools };
          const told = (name: string) => (asIs(model) ? name.replace(/[^\w-]/g, '_') : name);
          reply = (turn) => ({
            blocks: [
              ...(thought === null || ownBody ? [] : [{ type: 'thinking' as const, text: thought }]),
              { type: 'text', text: said.join(''), deltas: said },
              ...shown.map(({ name, input }) => ({
                type: 'tool_use' as const,
                // As the client named it on the wire: a model says what it was told.
                name: turn.tools[tools.findIndex((tool) => tool.name === name)]?.name ?? name,
                input: input as Record<string, never>,
              })),
            ],
          });
          const asked = [{ role: 'user' as const, content: 'Well?' }];
          const outcome = await ask(requestOf(model, asked, canCall ? named : {}), stream);
          if (outcome === undefined) return;
          expect(outcome.stop.error).toBeUndefined();
          const { content } = outcome.message;
          const thinks = content.flatMap((block) => (block.type === 'thinking' ? [block.thinking] : []));
          // Some models never show thoughts, others only when they are asked to.
          expect([[], [thought]]).toContainEqual(thinks.map((said) => said as string | null));
          expect(outcome.text).toBe(ownBody ? said.join('').replace(/^\n\n/, '') : said.join(''));
          expect(
            content.flatMap((block) =>
              block.type === 'tool_use' ? [{ name: block.name, input: block.input }] : [],
            ),
          ).toEqual(shown.map(({ name, input }) => ({ name: told(name), input })));
          const ended = shown.length > 0 ? 'tool_use' : 'end_turn';
          expect(outcome.stop).toMatchObject({ state: 'completed', stop_reason: ended });
        }),
        { numRuns: times(40) },
      );
    },
  );
});
