import { chatRequestSchema } from '../../surfaces/openai/chat/chat-request.ts';
import { embeddingRequestSchema } from '../../surfaces/openai/embeddings/embedding-request.ts';
import { responseParams } from '../../surfaces/openai/responses/params.ts';
import {
  integer,
  type JsonSchema,
  json,
  listOf,
  type Operation,
  object,
  oneOf,
  streamedOrWhole,
  string,
} from '../operation.ts';

const about = { tag: 'OpenAI', errors: 'OpenAiError' } as const;

const completion = object({
  id: string,
  object: oneOf('chat.completion'),
  created: integer,
  model: string,
  choices: listOf(object({ index: integer, message: { type: 'object' }, finish_reason: string })),
});

const response = object({
  id: string,
  object: oneOf('response'),
  status: oneOf('in_progress', 'completed', 'incomplete', 'failed', 'cancelled', 'queued'),
  model: string,
  output: listOf(object({ type: string })),
});

const vector: JsonSchema = { anyOf: [listOf({ type: 'number' }), { type: 'string' }] };
const embeddings = object({
  object: oneOf('list'),
  model: string,
  data: listOf(object({ object: oneOf('embedding'), index: integer, embedding: vector })),
});

/** OpenAI's APIs below `prefix`. */
export function openAiOperations(prefix: string): readonly Operation[] {
  const one = `${prefix}/responses/{response}`;
  return [
    {
      ...about,
      method: 'post',
      path: `${prefix}/chat/completions`,
      summary: 'A chat completion, in a stream or whole',
      body: {
        schema: chatRequestSchema,
        example: { model: 'claude-haiku', messages: [{ role: 'user', content: 'Hello' }] },
      },
      answers: { 200: streamedOrWhole('The completion, or its chunks', completion) },
    },
    {
      ...about,
      method: 'post',
      path: `${prefix}/responses`,
      summary: 'A response: in a stream, whole, or in the background',
      body: { schema: responseParams, example: { model: 'claude-haiku', input: 'Hello', store: true } },
      answers: { 200: streamedOrWhole('The response as it stands, or its events', response) },
    },
    {
      ...about,
      method: 'get',
      path: one,
      summary: 'A response as it stands, or its events from any one on',
      query: [
        { name: 'stream', what: '`true`: its events', schema: oneOf('true', 'false') },
        {
          name: 'starting_after',
          what: 'the sequence_number of the last event that the reader has',
          schema: { type: 'integer', minimum: 0 },
        },
        { name: 'include', what: '`reasoning.encrypted_content`', schema: string },
      ],
      answers: { 200: streamedOrWhole('The response as it stands, or its events', response) },
    },
    {
      ...about,
      method: 'delete',
      path: one,
      summary: 'Forgets a response, and ends it where it runs',
      answers: { 200: json('It is gone', object({ id: string, deleted: oneOf(true) })) },
    },
    {
      ...about,
      method: 'post',
      path: `${one}/cancel`,
      summary: 'Ends a response that runs in the background',
      answers: { 200: json('The response as it stands', response) },
    },
    {
      ...about,
      method: 'get',
      path: `${one}/input_items`,
      summary: 'What a response was asked with',
      query: [
        {
          name: 'limit',
          what: '20 where it is not said',
          schema: { type: 'integer', minimum: 1, maximum: 100 },
        },
        { name: 'order', what: 'the newest first where it is not said', schema: oneOf('asc', 'desc') },
        { name: 'after', what: 'those after this item', schema: string },
      ],
      answers: {
        200: json('A page of items', object({ object: oneOf('list'), data: listOf({ type: 'object' }) })),
      },
    },
    {
      ...about,
      method: 'post',
      path: `${prefix}/embeddings`,
      summary: 'Vectors of texts',
      body: {
        schema: embeddingRequestSchema,
        example: { model: 'amazon.titan-embed-text-v2:0', input: ['a cat', 'a dog'] },
      },
      answers: { 200: json('The vectors', embeddings) },
    },
  ];
}
