import { generationOrderSchema } from '@streambed/protocol/frames';
import {
  events,
  integer,
  json,
  listOf,
  number,
  type Operation,
  object,
  oneOf,
  streamedOrWhole,
  string,
} from '../operation.ts';

const about = { tag: 'Streambed', errors: 'StreambedError' } as const;
const one = '/streambed/v1/generations/{generation}';

const standing = object({
  generation: string,
  state: oneOf('running', 'completed', 'cancelled', 'failed', 'interrupted'),
  head: integer,
  store: oneOf('none', 'resume', 'conversation'),
  model: string,
  started_at: number,
});

const lastEventId = {
  name: 'last-event-id',
  what: 'the last seq seen, as a browser says it when it comes back; counts before `after`',
  schema: string,
} as const;

/** Our own API: generations, what changes, and models. */
export const streambedOperations: readonly Operation[] = [
  {
    ...about,
    method: 'post',
    path: '/streambed/v1/generations',
    summary: 'Starts a generation, and reads it',
    headers: [
      { name: 'idempotency-key', what: 'the caller’s own id of it', schema: string },
      { name: 'prefer', what: '`respond-async`: only start it', schema: string },
    ],
    body: {
      schema: generationOrderSchema,
      example: {
        request: { model: 'claude-haiku', max_tokens: 256, messages: [{ role: 'user', content: 'Hello' }] },
        stream: false,
      },
    },
    answers: {
      200: streamedOrWhole(
        'Its events; with `stream: false` the whole message, when it is complete',
        standing,
      ),
      202: json('It runs', standing),
    },
  },
  {
    ...about,
    method: 'get',
    path: one,
    summary: 'How a generation stands',
    query: [{ name: 'include', what: '`message`: also what it has said', schema: oneOf('message') }],
    answers: { 200: json('How it stands', standing) },
  },
  {
    ...about,
    method: 'get',
    path: `${one}/events`,
    summary: 'The events of a generation, live or late, to its end',
    query: [{ name: 'after', what: 'the last seq seen', schema: { type: 'integer', minimum: 0 } }],
    headers: [lastEventId],
    answers: {
      200: events('An event is named by its type, and its `id` is its seq'),
      204: { what: 'It has ended, and there is nothing after that seq' },
    },
  },
  {
    ...about,
    method: 'post',
    path: `${one}/cancel`,
    summary: 'Ends a generation',
    answers: { 200: json('How it ended', object({ state: string })) },
  },
  {
    ...about,
    method: 'delete',
    path: one,
    summary: 'Erases what a generation has said, and ends it where it runs',
    answers: { 204: { what: 'It is erased' } },
  },
  {
    ...about,
    method: 'get',
    path: '/streambed/v1/changes',
    summary: 'What changes in a topic, as it changes: `watch` of the socket',
    query: [
      {
        name: 'topic',
        what: '`generations`, `activity`, `conversations` or `conversation:<id>`',
        schema: string,
      },
      { name: 'after', what: 'the last rev seen', schema: { type: 'integer', minimum: 0 } },
    ],
    headers: [lastEventId],
    answers: { 200: events('`changed` frames') },
  },
  {
    ...about,
    method: 'get',
    path: '/streambed/v1/models',
    summary: 'The names that can be asked for, and what they lead to',
    query: [{ name: 'include', what: '`catalogue`: every model that is known', schema: oneOf('catalogue') }],
    answers: {
      200: json('The models', object({ models: listOf({ type: 'object' }), upstream: { type: 'object' } })),
    },
  },
  {
    ...about,
    method: 'get',
    path: '/streambed/v1/probe',
    summary: 'A stream that says nothing: tells a held line from one that flows',
    answers: { 200: events('`seen`, and some `tick`s') },
  },
];
