import { conversationChangeSchema, newConversationSchema } from '@streambed/protocol/conversations';
import { integer, json, listOf, type Operation, object, oneOf, string } from '../operation.ts';

const about = { tag: 'Conversations', errors: 'StreambedError' } as const;
const all = '/streambed/v1/conversations';
const one = `${all}/{conversation}`;

const item = object({ id: string, state: oneOf('kept', 'deleted', 'gone'), rev: integer, title: string });

/** The histories of the chat. */
export const conversationOperations: readonly Operation[] = [
  {
    ...about,
    method: 'get',
    path: all,
    summary: 'Conversations, pinned ones first, then the newest; or those where something was found',
    query: [
      { name: 'limit', what: 'how many at most', schema: { type: 'integer', minimum: 1, maximum: 200 } },
      { name: 'before', what: '`next` of the page before', schema: string },
      { name: 'q', what: 'words to find', schema: string },
      { name: 'deleted', what: '`1`: those that can be had back', schema: oneOf('1', 'true', '0', 'false') },
    ],
    answers: { 200: json('A page', object({ conversations: listOf(item), rev: integer })) },
  },
  {
    ...about,
    method: 'post',
    path: all,
    summary: 'Makes a conversation',
    body: { schema: newConversationSchema, example: { title: 'Rivers' } },
    answers: { 201: json('It is made', item) },
  },
  {
    ...about,
    method: 'get',
    path: one,
    summary: 'A conversation with all of its turns',
    query: [{ name: 'after', what: 'only what has changed after this rev', schema: integer }],
    answers: { 200: json('The conversation', item) },
  },
  {
    ...about,
    method: 'get',
    path: `${one}/turns/{turn}`,
    summary: 'One turn',
    answers: { 200: json('The turn', object({ id: string, role: string })) },
  },
  {
    ...about,
    method: 'patch',
    path: one,
    summary: 'Names it, pins it, or shows another branch',
    body: { schema: conversationChangeSchema, example: { title: 'Streams', pinned: true } },
    answers: { 200: json('As it is now', item) },
  },
  {
    ...about,
    method: 'delete',
    path: one,
    summary: 'Deletes a conversation; it can be had back for a while',
    query: [{ name: 'erase', what: '`1`: for good, at once', schema: oneOf('1', 'true', '0', 'false') }],
    answers: { 200: json('As it is now', item), 204: { what: 'It is erased' } },
  },
  {
    ...about,
    method: 'post',
    path: `${one}/restore`,
    summary: 'Has a deleted conversation back',
    answers: { 200: json('As it is now', item) },
  },
];
