import { type Client, createStore, type Readable } from '@streambed/client';
import { createPresets, type PresetParameters } from '@streambed/client/presets';
import type { Parameters } from './parameters.ts';
import { readParameters, sameParameters } from './read-parameters.ts';

/** Parameters under a name. */
export interface Preset {
  readonly name: string;
  readonly parameters: Parameters;
}

/** What whoever is signed in keeps under names, on the server. */
export interface PresetStore extends Readable<readonly Preset[]> {
  /** Keeps parameters under a name; what had the name before is replaced. Throws `HttpRefusal`. */
  save(name: string, parameters: Parameters): Promise<void>;
  remove(name: string): Promise<void>;
}

export function createPresetStore(client: Pick<Client, 'connection' | 'call'>): PresetStore {
  const kept = createPresets(client);
  const store = createStore<readonly Preset[]>([]);
  kept.subscribe(() =>
    store.set(kept.get().map(({ name, parameters }) => ({ name, parameters: fromKept(parameters) }))),
  );
  return {
    get: store.get,
    subscribe: store.subscribe,
    save: (name, parameters) => kept.save({ name, parameters: toKept(parameters) }),
    remove: kept.remove,
  };
}

/** The preset that says just what is set now. */
export function presetOf(set: Parameters, all: readonly Preset[]): Preset | undefined {
  return all.find(({ parameters }) => sameParameters(parameters, set));
}

function toKept({ topP, maxTokens, budget, ...same }: Parameters): PresetParameters {
  return { ...same, top_p: topP, max_tokens: maxTokens, thinking_budget: budget };
}

function fromKept({
  top_p: topP,
  max_tokens: maxTokens,
  thinking_budget: budget,
  ...same
}: PresetParameters) {
  return readParameters({ ...same, topP, maxTokens, budget });
}
