import { Popover } from '@base-ui/react/popover';
import { Brain, Check, FileText, Image, Wrench } from 'lucide-react';
import { useMemo } from 'react';
import { texts } from '../texts.ts';
import { PickList } from '../ui/pick-list.tsx';
import { popupClass } from '../ui/popup.ts';
import { type Ability, abilities, choicesOf, type ModelChoice, price, tokens } from './choices.ts';
import type { ModelPickerProps } from './model-picker.tsx';

const icons = { images: Image, documents: FileText, tools: Wrench, thinking: Brain } as const;
const order: readonly Ability[] = ['images', 'documents', 'tools', 'thinking'];

/** The picker's list: search, what each model can, how much it holds, what it costs, and why one can't be asked. */
export default function ModelMenu(props: ModelPickerProps & { readonly onClose: () => void }) {
  const { models, name, onChange, onClose, triggerRef } = props;
  const choices = useMemo(() => choicesOf(models, name), [models, name]);
  return (
    <Popover.Root open onOpenChange={(open) => !open && onClose()}>
      <Popover.Portal>
        <Popover.Positioner
          className="z-20"
          anchor={triggerRef}
          side="top"
          align="start"
          sideOffset={6}
          collisionPadding={12}
        >
          <Popover.Popup
            id="model-menu"
            aria-label={texts.model.choose}
            finalFocus={triggerRef}
            className={`flex max-h-[min(30rem,var(--available-height))] w-[min(38rem,calc(100vw-1.5rem))] flex-col overflow-hidden ${popupClass}`}
          >
            <PickList
              items={choices}
              searchLabel={texts.model.search}
              listLabel={texts.model.list}
              empty={texts.model.nothingFound}
              fromSelected
              onPick={(choice) => {
                onChange(choice.name);
                onClose();
              }}
            >
              {(choice) => <Row choice={choice} />}
            </PickList>
            <p className="flex-none border-t border-stone-2 px-3.5 py-2 text-meter text-ink-quiet">
              {texts.model.legend(models.pricesOf)}
            </p>
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  );
}

function Row({ choice }: { readonly choice: ModelChoice }) {
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
          <span className="text-flow max-sm:hidden">
            {choice.selected && <Check size={14} aria-hidden />}
          </span>
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
