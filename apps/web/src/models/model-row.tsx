import { Brain, FileText, Image, Wrench } from 'lucide-react';
import type { ReactNode } from 'react';
import { texts } from '../texts.ts';
import { type Ability, abilities, type ModelChoice, price, tokens } from './choices.ts';

const icons = { images: Image, documents: FileText, tools: Wrench, thinking: Brain } as const;
const order: readonly Ability[] = ['images', 'documents', 'tools', 'thinking'];

/** A model among others: what it can, how much it holds, what it costs, or why it can't be asked; `mark` says that it is chosen. */
export function ModelRow({ choice, mark }: { readonly choice: ModelChoice; readonly mark: ReactNode }) {
  const { facts, title, name } = choice;
  const why = choice.disabled ? facts?.why : undefined;
  return (
    <span className="grid grid-cols-[1fr_auto] items-center gap-x-4 sm:grid-cols-[1fr_auto_2.75rem_7rem_0.875rem]">
      <span className="flex min-w-0 items-baseline gap-2">
        <span className="max-w-[75%] flex-none truncate">{title}</span>
        <span className="min-w-0 truncate font-mono text-meter text-ink-quiet">{name}</span>
      </span>
      {why === undefined ? (
        <>
          <Abilities can={abilities(facts)} />
          <Figure text={tokens(facts?.contextWindow)} />
          <Figure text={price(facts?.prices)} />
          <span className="col-span-full font-mono text-meter text-ink-quiet sm:hidden">
            {[tokens(facts?.contextWindow), price(facts?.prices)].filter(Boolean).join(' · ')}
          </span>
          <span className="text-flow max-sm:hidden">{mark}</span>
        </>
      ) : (
        <span className="col-span-full text-meter">{texts.model.why(why)}</span>
      )}
    </span>
  );
}

function Abilities({ can }: { readonly can: readonly Ability[] }) {
  return (
    <span className="flex gap-1.5 text-ink-quiet">
      {order.map((ability) => {
        const Icon = icons[ability];
        return can.includes(ability) ? (
          <Icon key={ability} size={14} role="img" aria-label={texts.model.can[ability]} />
        ) : (
          <span key={ability} className="size-3.5 max-sm:hidden" />
        );
      })}
    </span>
  );
}

function Figure({ text }: { readonly text: string }) {
  return (
    <span className="text-right font-mono text-meter whitespace-nowrap text-ink-quiet tabular-nums max-sm:hidden">
      {text}
    </span>
  );
}
