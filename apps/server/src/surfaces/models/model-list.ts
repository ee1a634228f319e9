import type { ModelListing } from '@streambed/bedrock';
import { StreambedError } from '@streambed/protocol';

/** One model in one body for the clients of both ecosystems: each reads its own fields and skips the others'. */
export interface ListedModel {
  readonly id: string;
  // Anthropic's
  readonly type: 'model';
  readonly display_name: string;
  /** RFC 3339. Where nobody says when it came out: the epoch, as Anthropic's documentation has it. */
  readonly created_at: string;
  readonly max_input_tokens: number | null;
  readonly max_tokens: number | null;
  readonly capabilities: null;
  // OpenAI's
  readonly object: 'model';
  /** Seconds since 1970. */
  readonly created: number;
  readonly owned_by: string;
}

/** A page of models: Anthropic's paging fields, and OpenAI's `object`. */
export interface ModelPage {
  readonly object: 'list';
  readonly data: readonly ListedModel[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

/** A listing as both ecosystems' clients read it. */
export function toListedModel({
  name,
  title,
  provider,
  model,
  contextWindow,
  maxOutput,
}: ModelListing): ListedModel {
  const released = releaseOf(model);
  return {
    id: name,
    type: 'model',
    display_name: title,
    created_at: `${new Date(released * 1000).toISOString().slice(0, 19)}Z`,
    max_input_tokens: contextWindow ?? null,
    max_tokens: maxOutput ?? null,
    capabilities: null,
    object: 'model',
    created: released,
    owned_by: provider.toLowerCase(),
  };
}

/** Seconds since 1970 of the date in a model's id (`…-20250929-v1:0`); 0 where there is none. */
function releaseOf(id: string): number {
  const [, year, month, day] = /-(20\d\d)(\d\d)(\d\d)(?:-|$)/.exec(id) ?? [];
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day)) / 1000;
  return Number.isNaN(at) ? 0 : at;
}

/** As many as Anthropic gives in one page. */
const maxLimit = 1_000;

/**
 * A page as Anthropic's cursors ask for it; without any, everything at once, since OpenAI's clients know no pages. Throws
 * `SB_BAD_REQUEST` for a query that is none, and for a cursor that isn't in the list.
 */
export function pageOf(models: readonly ListedModel[], query: Readonly<Record<string, unknown>>): ModelPage {
  const { limit: asked, after_id: after, before_id: before } = query;
  if (after !== undefined && before !== undefined) throw badQuery('after_id', 'not together with before_id');
  const limit = asked === undefined ? maxLimit : Number(asked);
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw badQuery('limit', `a whole number, 1 to ${maxLimit}`);
  }
  const rest =
    before === undefined
      ? models.slice(after === undefined ? 0 : placeOf(models, 'after_id', after) + 1)
      : models.slice(0, placeOf(models, 'before_id', before));
  const data = before === undefined ? rest.slice(0, limit) : rest.slice(-limit);
  return {
    object: 'list',
    data,
    has_more: data.length < rest.length,
    first_id: data[0]?.id ?? null,
    last_id: data.at(-1)?.id ?? null,
  };
}

function placeOf(models: readonly ListedModel[], field: string, id: unknown): number {
  const place = models.findIndex((model) => model.id === id);
  if (place < 0) throw badQuery(field, 'the id of a model of this list');
  return place;
}

function badQuery(field: string, expected: string): StreambedError {
  return new StreambedError('SB_BAD_REQUEST', `${field}: expected ${expected}`, { field });
}
