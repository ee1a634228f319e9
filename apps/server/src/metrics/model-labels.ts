import { type Bedrock, catalogueOf } from '@streambed/bedrock';

/** The label of what nobody knows beforehand: a caller could ask for any number of names. */
export const otherModel = 'other';

/** What models are called in metrics: names of aliases as they are asked for, else base model ids. */
export class ModelLabels {
  readonly #labels = new Map<string, string>();

  constructor(bedrock: Pick<Bedrock, 'models' | 'anthropicModels'>, region: string) {
    for (const { id, profiles } of catalogueOf({ region }).models) {
      for (const name of [id, ...profiles]) this.#labels.set(name, id);
    }
    for (const { name, model } of bedrock.anthropicModels()) this.#labels.set(name, model);
    for (const { name } of bedrock.models()) this.#labels.set(name, name);
  }

  /** By what was asked for, or what was called. */
  of(asked: string, target: string | null): string {
    return this.#labels.get(asked) ?? this.#labels.get(target ?? '') ?? otherModel;
  }
}
