import { Switch } from '@base-ui/react/switch';
import { useReadable } from '@streambed/client/react';
import { useId } from 'react';
import { prefer, preferences } from '../preferences.ts';
import { texts } from '../texts.ts';
import { Hint } from '../ui/hint.tsx';

/** Whether answers stream, or come whole. */
export function StreamSwitch() {
  const stream = useReadable(preferences, (chosen) => chosen.stream);
  const id = useId();
  return (
    <Hint text={texts.stream.meaning}>
      <span className="quiet-button hover:bg-transparent">
        <label htmlFor={id} className="cursor-pointer select-none text-small">
          {texts.stream.label}
        </label>
        <Switch.Root
          id={id}
          aria-label={texts.stream.label}
          checked={stream}
          onCheckedChange={(checked) => prefer({ stream: checked })}
          className="flex h-4.5 w-8 flex-none items-center rounded-full bg-stone-4 p-0.5 transition-colors duration-140 data-checked:bg-flow"
        >
          <Switch.Thumb className="size-3.5 rounded-full bg-ground transition-transform duration-140 ease-open data-checked:translate-x-3.5" />
        </Switch.Root>
      </span>
    </Hint>
  );
}
