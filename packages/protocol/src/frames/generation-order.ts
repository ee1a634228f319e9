import { z } from 'zod';
import { type ClientId, clientIdPattern } from '../ids.ts';
import { type MessagesRequest, messageSchema, messagesRequestSchema } from '../message.ts';
import { parseWith } from '../parse.ts';

/** What is asked for: a Messages request and how its generation is to be kept. */
export interface GenerationOrder {
  readonly request: MessagesRequest;
  /** Default true; false: the events come merged, at the end. */
  readonly stream?: boolean;
  /** Default `continue`. `cancel`: when no reader was attached for 10 s. */
  readonly on_disconnect?: 'continue' | 'cancel';
  /** Default `resume`; `conversation` where `conversation` is named, or where `parent` or `continues` is of one. */
  readonly store?: 'none' | 'resume' | 'conversation';
  /** Where it is kept: one that there is, or a new one under the caller's own id. */
  readonly conversation?: string;
  /** A generation: `request.messages` holds only what follows its answer. */
  readonly parent?: string;
  /** A generation that stopped before its end: this one goes on there. `request.messages` is empty. */
  readonly continues?: string;
  /** Another answer to tool calls that have one. */
  readonly branch?: boolean;
}

/** A name that the client gives. */
export const clientIdSchema = z
  .string()
  .regex(clientIdPattern, 'expected 1 to 64 of A-Z a-z 0-9 _ -, such as a UUID');

/** What may stand beside a request, on the socket and over HTTP. */
export const orderFields = {
  request: messagesRequestSchema,
  stream: z.boolean().optional(),
  on_disconnect: z.enum(['continue', 'cancel']).optional(),
  store: z.enum(['none', 'resume', 'conversation']).optional(),
  conversation: clientIdSchema.optional(),
  parent: z.string().max(64).optional(),
  continues: z.string().max(64).optional(),
  branch: z.boolean().optional(),
};

/** What goes on with an answer says nothing new. */
export const continuedRequest = messagesRequestSchema.extend({
  messages: z
    .array(messageSchema)
    .max(0, 'expected none: what goes on with an answer says nothing new')
    .default([]),
});

const orderSchema = z.looseObject({ id: clientIdSchema.optional(), ...orderFields });
const continuingOrder = orderSchema.extend({ request: continuedRequest });

/** What {@link parseGenerationOrder} takes, for the API's description; it reads by one of the two itself. */
export const generationOrderSchema = z.union([orderSchema, continuingOrder]);

/** Reads the body of `POST /streambed/v1/generations`: a `generate` frame without its type, its `id` optional. */
export function parseGenerationOrder(value: unknown): GenerationOrder & { readonly id?: ClientId } {
  const schema = isContinuing(value) ? continuingOrder : orderSchema;
  return parseWith(schema as z.ZodType, value) as GenerationOrder & { readonly id?: ClientId };
}

/** Whether an order says that it goes on with an answer: its request then says nothing new. */
export function isContinuing(value: unknown): boolean {
  return (value as { readonly continues?: unknown } | null)?.continues !== undefined;
}
