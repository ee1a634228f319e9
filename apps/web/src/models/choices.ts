import type { CatalogueModel } from '@streambed/client';
import { texts } from '../texts.ts';
import type { PickItem } from '../ui/pick-list.tsx';
import type { ModelState } from './model-store.ts';

/** One model in the picker. */
export interface ModelChoice extends PickItem {
  /** What the request will carry: an alias, or an id. */
  readonly name: string;
  readonly title: string;
  readonly facts: CatalogueModel | undefined;
}

/** Everything that can be chosen, by short names first; then what else there is; last what can't be asked here. */
export function choicesOf(state: ModelState, chosen: string): readonly ModelChoice[] {
  const byId = new Map(state.all.map((model) => [model.id, model]));
  const choice = (name: string, title: string, group: string, facts: CatalogueModel | undefined) => ({
    key: name,
    name,
    title,
    group,
    facts,
    selected: name === chosen,
    disabled: facts?.usable === false,
    text: [title, name, facts?.provider, facts?.id, ...abilities(facts).map((can) => texts.model.can[can])]
      .join(' ')
      .toLowerCase(),
  });
  const chat = state.all.filter(({ kind }) => kind === 'chat');
  return [
    ...state.models.map(({ name, title, model }) =>
      choice(name, title, texts.model.named, byId.get(String(model))),
    ),
    ...chat
      .filter(({ usable, aliases }) => usable && aliases.length === 0)
      .map((model) => choice(model.id, model.name, model.provider, model)),
    ...chat
      .filter(({ usable }) => !usable)
      .map((model) => choice(model.id, model.name, texts.model.notHere, model)),
  ];
}

export type Ability = 'images' | 'documents' | 'tools' | 'thinking';

/** What a model can beyond reading and writing text. */
export function abilities(facts: CatalogueModel | undefined): readonly Ability[] {
  const { capabilities } = facts ?? {};
  return capabilities === undefined
    ? []
    : (['images', 'documents', 'tools', 'thinking'] as const).filter((can) => capabilities[can]);
}

/** `200k`, `1M`; empty where it isn't known. */
export function tokens(count: number | undefined): string {
  if (count === undefined) return '';
  return count >= 1_000_000 ? `${Math.round(count / 100_000) / 10}M` : `${Math.round(count / 1_000)}k`;
}

/** `$1.10 / $5.50`, per million tokens in and out; empty where it isn't known. */
export function price(prices: CatalogueModel['prices']): string {
  if (prices?.input === undefined || prices.output === undefined) return '';
  return `${dollars(prices.input)} / ${dollars(prices.output)}`;
}

function dollars(amount: string): string {
  const value = Number(amount);
  return `$${value > 0 && value < 0.1 ? value.toPrecision(1) : value.toFixed(2)}`;
}
