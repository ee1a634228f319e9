import { z } from 'zod';
import { StreambedError } from '../errors.ts';
import { parseJson, parseWith } from '../parse.ts';
import type { ClientFrame } from './client-frames.ts';
import { clientIdSchema, continuedRequest, isContinuing, orderFields } from './generation-order.ts';

const ref = z.union([z.string().max(128), z.number()]).optional();
const generationOrId = {
  /** Its `gen_…`; or `id`, the caller's own. */
  generation: z.string().max(64).optional(),
  id: clientIdSchema.optional(),
};
const named = (frame: { generation?: string | undefined; id?: string | undefined }) =>
  frame.generation !== undefined || frame.id !== undefined;
const namedMessage = 'expected generation or id';
const topic = z
  .string()
  .regex(
    /^(generations|activity|conversations|presets|conversation:[\w-]{1,128})$/,
    'expected generations, activity, conversations, presets or conversation:<id>',
  );
const cursor = z.int().min(0);

const clientFrames = {
  auth: z.looseObject({ type: z.literal('auth'), ref, token: z.string().max(16_384).optional() }),
  generate: z.looseObject({ type: z.literal('generate'), ref, id: clientIdSchema, ...orderFields }),
  attach: z
    .looseObject({ type: z.literal('attach'), ref, ...generationOrId, after: cursor.optional() })
    .refine(named, namedMessage),
  detach: z.looseObject({ type: z.literal('detach'), ref, ...generationOrId }).refine(named, namedMessage),
  cancel: z.looseObject({ type: z.literal('cancel'), ref, ...generationOrId }).refine(named, namedMessage),
  watch: z.looseObject({ type: z.literal('watch'), ref, topic, after: cursor.optional() }),
  unwatch: z.looseObject({ type: z.literal('unwatch'), ref, topic }),
  pong: z.looseObject({ type: z.literal('pong'), ref }),
} as const;

const continuingFrame = clientFrames.generate.extend({ request: continuedRequest });

/**
 * Reads one text frame of a client. Throws `SB_BAD_JSON`, `SB_UNKNOWN_FRAME` or `SB_BAD_REQUEST`, each naming the
 * field; fields that aren't known are ignored.
 */
export function parseClientFrame(text: string): ClientFrame {
  const value = parseJson(text);
  const type = (value as { type?: unknown } | null)?.type;
  const schema =
    typeof type === 'string' && Object.hasOwn(clientFrames, type)
      ? clientFrames[type as ClientFrame['type']]
      : undefined;
  if (schema === undefined) {
    const known = Object.keys(clientFrames).join(', ');
    throw new StreambedError(
      'SB_UNKNOWN_FRAME',
      `type: expected one of ${known}, got ${JSON.stringify(type) ?? 'nothing'}`,
      {
        field: 'type',
      },
    );
  }
  const fitting = type === 'generate' && isContinuing(value) ? continuingFrame : schema;
  return parseWith(fitting as z.ZodType, value) as ClientFrame;
}
