import { z } from 'zod';
import { parseWith } from './parse.ts';

/** What a request may say beside its words, under a name. What is absent is left to the model. */
export interface PresetParameters {
  readonly system?: string | undefined;
  readonly temperature?: number | undefined;
  readonly top_p?: number | undefined;
  readonly max_tokens?: number | undefined;
  readonly thinking?: 'on' | 'off' | undefined;
  /** How many tokens it may think. */
  readonly thinking_budget?: number | undefined;
  readonly effort?: string | undefined;
}

/** One that an owner keeps. Its name tells it from the others. */
export interface Preset {
  readonly name: string;
  readonly parameters: PresetParameters;
  /** Seconds since 1970. */
  readonly updated_at: number;
}

/** Everything that an owner keeps, by name. */
export interface PresetList {
  readonly presets: readonly Preset[];
  /** Grows with each change; what `watch` takes as `after`. */
  readonly rev: number;
}

/** What {@link parsePresetOrder} takes. */
export const presetOrderSchema = z.strictObject({
  name: z
    .string()
    .transform((text) => text.replace(/\s+/gu, ' ').trim())
    .pipe(z.string().min(1).max(60)),
  parameters: z.strictObject({
    system: z.string().max(100_000).optional(),
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().min(0).max(1).optional(),
    max_tokens: z.int().min(1).max(10_000_000).optional(),
    thinking: z.enum(['on', 'off'], 'expected on or off').optional(),
    thinking_budget: z.int().min(1).max(10_000_000).optional(),
    effort: z.string().min(1).max(40).optional(),
  }),
});

/** What `POST /streambed/v1/presets` takes. */
export interface PresetOrder {
  readonly name: string;
  readonly parameters: PresetParameters;
}

/** Reads the body of a `POST`. Throws `SB_BAD_REQUEST`, naming the field. */
export function parsePresetOrder(value: unknown): PresetOrder {
  return parseWith(presetOrderSchema, value);
}
