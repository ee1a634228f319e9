import type { Client } from './client.ts';
import { isObject, isText } from './frames.ts';

/** How a model may be told to think; an absent field is unknown. */
export interface ThinkingAbility {
  readonly supported: boolean;
  /** The values of `thinking.type` that switch it on. */
  readonly modes?: readonly string[];
  readonly budgetTokensMin?: number;
  readonly canDisable?: boolean;
  /** The values that `output_config.effort` takes. */
  readonly effort?: readonly string[];
}

/** One model that Bedrock has: what it can, what it costs, and whether it can be asked here. */
export interface CatalogueModel {
  /** The base model id: it can be put into `request.model`, as can its aliases. */
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly provider: string;
  /** `chat` writes answers; others embed, rank or speak. */
  readonly kind: string;
  readonly aliases: readonly string[];
  readonly usable: boolean;
  /** Why it can't be asked here. */
  readonly why?: string;
  /** In tokens. */
  readonly contextWindow?: number;
  readonly maxOutput?: number;
  readonly modalities?: { readonly input: readonly string[] };
  readonly capabilities?: {
    readonly tools: boolean;
    readonly images: boolean;
    readonly documents: boolean;
    readonly thinking: boolean;
  };
  readonly settings?: {
    readonly systemPrompt?: boolean;
    /** Whether it takes temperature, top_p and top_k; and whether only one of them at a time. */
    readonly samplingParams?: boolean;
    readonly oneSamplingParam?: boolean;
    readonly thinking?: ThinkingAbility;
  };
  readonly lifecycle?: { readonly status: string; readonly note?: string };
  /** USD per million tokens, exact decimals. */
  readonly prices?: { readonly input?: string; readonly output?: string };
}

/** Every model that is known, and of which day its prices are. */
export interface ModelCatalogue {
  readonly date: string;
  readonly models: readonly CatalogueModel[];
}

/**
 * Reads the catalogue of a client's server: all models, also those that can't be asked here, with the reason. It may
 * take as long as AWS's own lists. Throws when the server can't be reached or doesn't answer as one.
 */
export async function fetchModelCatalogue(
  { call }: Pick<Client, 'call'>,
  init: { readonly signal?: AbortSignal } = {},
): Promise<ModelCatalogue> {
  const headers = { accept: 'application/json' };
  const response = await call('streambed/v1/models?include=catalogue', { ...init, headers });
  const body: unknown = await response.json();
  const catalogue = isObject(body) ? body.catalogue : undefined;
  if (!isObject(catalogue) || !Array.isArray(catalogue.models))
    throw new Error('The catalogue of models could not be read.');
  return {
    date: isText(catalogue.date) ? catalogue.date : '',
    models: catalogue.models.filter(
      (model) => isObject(model) && isText(model.id) && isText(model.name) && Array.isArray(model.aliases),
    ),
  };
}
