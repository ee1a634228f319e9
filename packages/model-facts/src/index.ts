import data from '../models.json' with { type: 'json' };
import { splitProfileId } from './profile-id.ts';
import type { ModelFacts } from './types.ts';

export { type FoundPrices, findPrices } from './prices.ts';
export { splitProfileId } from './profile-id.ts';
export type {
  Effort,
  Endpoint,
  InputModality,
  ModelFacts,
  ModelKind,
  NativeBody,
  OutputModality,
  PriceScope,
  ProfilePrefix,
  PromptCachingFacts,
  ScopePrices,
  ThinkingFacts,
  TokenPrices,
} from './types.ts';

/** Every model of the file, by id. The file's shape is checked by a test, so nothing is parsed again at start. */
export const models: readonly ModelFacts[] = data.models as readonly unknown[] as readonly ModelFacts[];

/** The day the facts were gathered, `YYYY-MM-DD`: costs name it as the date of their prices. */
export const modelFactsDate: string = data.date;

const byId = new Map(models.map((model) => [model.id, model]));
const byProfile = new Map(
  models.flatMap((model) => model.inferenceProfiles.map((id) => [id, model] as const)),
);

/**
 * The facts of a model, by its base id or any of its inference profile ids, also ones the file doesn't list yet
 * (`ca.anthropic.…`). ARNs are not taken. `undefined` for a model the file doesn't know.
 */
export function findModel(id: string): ModelFacts | undefined {
  return byId.get(id) ?? byProfile.get(id) ?? byId.get(splitProfileId(id).baseId);
}
