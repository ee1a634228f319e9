import type { BedrockOptions } from '@streambed/bedrock';
import { z } from 'zod';
import { oneOf, text, truth, wholeNumber } from './values.ts';

type ModelOverrides = NonNullable<BedrockOptions['models']>;
type ModelOverride = ModelOverrides[string];

const tokens = wholeNumber(1, 100_000_000).optional();
const flag = truth.optional();
/** USD per million tokens. YAML may have read it as a number; it is kept as it was written. */
const price = z
  .union([z.string(), z.number()], 'expected a price in USD per million tokens, such as "0.25"')
  .transform(String)
  .refine(
    (value) => /^\d{1,9}(\.\d{1,12})?$/.test(value),
    'expected a price in USD per million tokens, such as "0.25"',
  )
  .optional();

const prices = z.strictObject({
  input: price,
  output: price,
  cache_read: price,
  cache_write_5m: price,
  cache_write_1h: price,
});

const scope = z.enum(
  ['inRegion', 'us', 'us-gov', 'eu', 'apac', 'jp', 'au', 'ca', 'in', 'global'],
  'expected a scope: inRegion, or the prefix of a profile (us, eu, global, …)',
);

const model = z.strictObject({
  model: text('a Bedrock model id').optional(),
  name: text('a name').optional(),
  provider: text('a name').optional(),
  family: text('a name').optional(),
  kind: oneOf('chat', 'embedding', 'rerank').optional(),
  native_body: oneOf('claude-messages').optional(),
  on_demand: flag,
  profiles: z.array(text('an inference profile id'), 'expected a list of inference profile ids').optional(),
  context_window: tokens,
  max_output: tokens,
  input: z.array(oneOf('text', 'image', 'pdf', 'video', 'audio'), 'expected a list of kinds').optional(),
  streaming: flag,
  system_prompt: flag,
  tools: flag,
  tool_choice: flag,
  tools_while_streaming: flag,
  structured_output: flag,
  sampling_params: flag,
  prefill: flag,
  thinking: flag,
  prompt_caching: flag,
  lifecycle: oneOf('active', 'legacy', 'ended').optional(),
  prices: z.partialRecord(scope, prices).optional(),
});

const id = z
  .string()
  .regex(
    /^(arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d*:[a-z-]+\/\S+|[a-z0-9-]+\.[A-Za-z0-9._:-]+)$/,
    'expected a Bedrock model id without a profile prefix, or an ARN',
  );

/** `models:` of the file: by base id, or by an ARN. */
export const modelsSchema = z.record(id, model);

/** The keys of a model, for near misses. */
export const modelKeys: readonly string[] = [...Object.keys(model.shape), ...Object.keys(prices.shape)];

/** The file's words as the client's. */
export function modelOverrides(models: z.output<typeof modelsSchema>): ModelOverrides {
  return Object.fromEntries(Object.entries(models).map(([key, given]) => [key, modelOverride(given)]));
}

function modelOverride(given: z.output<typeof model>): ModelOverride {
  const { input, kind, lifecycle, thinking, prompt_caching: caching } = given;
  const override: Record<string, unknown> = {
    model: given.model,
    name: given.name,
    provider: given.provider,
    family: given.family,
    kind,
    nativeBody: given.native_body,
    onDemand: given.on_demand,
    inferenceProfiles: given.profiles,
    contextWindow: given.context_window,
    maxOutput: given.max_output,
    modalities: modalitiesOf(input, kind),
    streaming: given.streaming,
    systemPrompt: given.system_prompt,
    tools: given.tools,
    toolChoice: given.tool_choice,
    toolsWhileStreaming: given.tools_while_streaming,
    structuredOutput: given.structured_output,
    samplingParams: given.sampling_params,
    prefill: given.prefill,
    thinking: thinking === undefined ? undefined : { supported: thinking },
    promptCaching: caching === undefined ? undefined : { supported: caching },
    lifecycle: lifecycleOf(lifecycle),
    prices: given.prices && pricesOf(given.prices),
  };
  return Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined));
}

function modalitiesOf(input: readonly string[] | undefined, kind: string | undefined) {
  const output = kind === 'embedding' ? ['embedding'] : kind === 'rerank' ? ['ranking'] : undefined;
  if (input === undefined && output === undefined) return undefined;
  return { ...(input !== undefined && { input }), ...(output !== undefined && { output }) };
}

function lifecycleOf(status: string | undefined) {
  if (status === undefined) return undefined;
  return status === 'active' ? null : { status, note: 'by configuration' };
}

function pricesOf(given: NonNullable<z.output<typeof model>['prices']>) {
  return Object.fromEntries(
    Object.entries(given).map(([name, some]) => [
      name,
      Object.fromEntries(
        Object.entries({
          input: some?.input,
          output: some?.output,
          cacheRead: some?.cache_read,
          cacheWrite5m: some?.cache_write_5m,
          cacheWrite1h: some?.cache_write_1h,
        }).filter(([, value]) => value !== undefined),
      ),
    ]),
  );
}
