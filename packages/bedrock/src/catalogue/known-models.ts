import { findModel, type ModelFacts, models as shipped, splitProfileId } from '@streambed/model-facts';

/** What a configuration says of a model: what is given replaces what was known, what is absent stays. */
export type ModelOverride = Partial<Omit<ModelFacts, 'id' | 'modalities' | 'lifecycle'>> & {
  /** For an ARN that doesn't say it: the base model id that stands behind it. */
  readonly model?: string;
  readonly modalities?: Partial<ModelFacts['modalities']>;
  readonly lifecycle?: ModelFacts['lifecycle'] | null;
};

/** The models that are known: the shipped facts, corrected and extended by the configuration. */
export interface KnownModels {
  readonly list: readonly ModelFacts[];
  /** By base id, profile id, or an ARN that the configuration names. */
  find(id: string): ModelFacts | undefined;
  /** The base model id that the configuration names for an ARN. */
  behind(arn: string): string | undefined;
  /** What the configuration says of this very id. */
  override(id: string): ModelOverride | undefined;
}

/** The shipped facts alone. */
export const shippedModels: KnownModels = {
  list: shipped,
  find: findModel,
  behind: () => undefined,
  override: () => undefined,
};

/** The shipped facts with a configuration's own on top: keys are base ids, or ARNs. */
export function knownModels(overrides: Readonly<Record<string, ModelOverride>> = {}): KnownModels {
  const entries = Object.entries(overrides);
  if (entries.length === 0) return shippedModels;
  const own = new Map<string, ModelFacts>();
  const behind = new Map<string, string>();
  // Models before ARNs: an ARN takes what is said of the model behind it.
  for (const [id, override] of entries) {
    if (!id.startsWith('arn:')) own.set(id, merge(findModel(id) ?? unknown(id), override));
  }
  for (const [arn, override] of entries) {
    if (!arn.startsWith('arn:')) continue;
    const { model } = override;
    if (model === undefined) {
      own.set(arn, merge(unknown(arn), override));
      continue;
    }
    behind.set(arn, model);
    const facts = own.get(model) ?? findModel(model) ?? unknown(model);
    // Only a profile costs what its model costs; what else has an ARN is billed in other ways.
    const prices = arn.includes(':application-inference-profile/') ? facts.prices : {};
    own.set(arn, merge({ ...facts, prices }, override));
  }
  const byId = new Map(shipped.map((facts) => [facts.id, facts]));
  for (const [id, facts] of own) if (!id.startsWith('arn:')) byId.set(id, facts);
  const byProfile = new Map(
    [...byId.values()].flatMap((facts) => facts.inferenceProfiles.map((id) => [id, facts] as const)),
  );
  return {
    list: [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1)),
    find: (id) => own.get(id) ?? byProfile.get(id) ?? byId.get(splitProfileId(id).baseId),
    behind: (arn) => behind.get(arn),
    override: (id) => (Object.hasOwn(overrides, id) ? overrides[id] : undefined),
  };
}

/** A model that nobody has said anything of: it is taken to chat, and AWS has the last word. */
export function unknown(id: string): ModelFacts {
  const provider = id.startsWith('arn:') ? 'custom' : id.slice(0, id.indexOf('.'));
  return {
    id,
    name: id.slice(id.lastIndexOf('/') + 1),
    provider,
    family: provider,
    kind: 'chat',
    endpoints: ['runtime'],
    onDemand: true,
    inferenceProfiles: [],
    modalities: { input: ['text'], output: ['text'] },
    streaming: true,
    prices: {},
  };
}

function merge(facts: ModelFacts, { model: _, lifecycle, ...override }: ModelOverride): ModelFacts {
  const given = Object.fromEntries(Object.entries(override).filter(([, value]) => value !== undefined));
  const { lifecycle: known, ...rest } = facts;
  const cycle = lifecycle === undefined ? known : lifecycle;
  const prices: Record<string, unknown> = { ...facts.prices };
  for (const [scope, some] of Object.entries(override.prices ?? {})) {
    prices[scope] = { ...facts.prices[scope as keyof ModelFacts['prices']], ...some };
  }
  return {
    ...rest,
    ...given,
    prices,
    modalities: { ...facts.modalities, ...override.modalities },
    ...((facts.thinking ?? override.thinking) !== undefined && {
      thinking: { supported: true, ...facts.thinking, ...override.thinking },
    }),
    ...((facts.promptCaching ?? override.promptCaching) !== undefined && {
      promptCaching: { supported: true, ...facts.promptCaching, ...override.promptCaching },
    }),
    ...(cycle !== null && cycle !== undefined && { lifecycle: cycle }),
  };
}
