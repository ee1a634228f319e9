import { Select } from '@base-ui/react/select';
import type { ModelListing } from '@streambed/client';
import { Check } from 'lucide-react';
import { texts } from '../texts.ts';
import { type ModelPickerProps, TriggerLabel, triggerClass } from './model-picker.tsx';

/** The picker itself, with its list. */
export default function ModelSelect(props: ModelPickerProps) {
  const { models, name, onChange } = props;
  const chosen = models.some((model) => model.name === name);
  return (
    <Select.Root
      value={chosen ? name : null}
      onValueChange={(value) => value !== null && onChange(value)}
      disabled={models.length === 0}
      modal={false}
    >
      <Select.Trigger ref={props.triggerRef} aria-label={texts.model.label} className={triggerClass}>
        <TriggerLabel {...props} />
      </Select.Trigger>
      <Select.Portal>
        <Select.Positioner
          className="z-10 select-none"
          side="top"
          align="start"
          sideOffset={6}
          collisionPadding={12}
          alignItemWithTrigger={false}
        >
          <Select.Popup className="max-h-[min(24rem,var(--available-height))] min-w-72 max-w-[calc(100vw-1.5rem)] origin-(--transform-origin) overflow-y-auto rounded-xl border border-stone-2 bg-raised p-1 shadow-float outline-none transition-[scale,opacity] duration-140 ease-open data-ending-style:scale-98 data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0">
            <Select.List>
              {[...Map.groupBy(models, ({ provider }) => provider)].map(([provider, listed]) => (
                <Select.Group key={provider}>
                  {provider !== '' && (
                    <Select.GroupLabel className="px-2.5 pt-2 pb-1 text-meter text-ink-quiet">
                      {provider}
                    </Select.GroupLabel>
                  )}
                  {listed.map((model) => (
                    <Item key={model.name} model={model} />
                  ))}
                </Select.Group>
              ))}
            </Select.List>
          </Select.Popup>
        </Select.Positioner>
      </Select.Portal>
    </Select.Root>
  );
}

function Item({ model }: { readonly model: ModelListing }) {
  return (
    <Select.Item
      value={model.name}
      className="grid cursor-default grid-cols-[1fr_auto_1rem] items-center gap-x-3 rounded-lg px-2.5 py-1.5 outline-none data-highlighted:bg-stone-1"
    >
      <Select.ItemText className="truncate">{model.title}</Select.ItemText>
      <span className="truncate font-mono text-meter text-ink-quiet">{model.name}</span>
      <Select.ItemIndicator className="text-flow">
        <Check size={14} aria-hidden />
      </Select.ItemIndicator>
    </Select.Item>
  );
}
