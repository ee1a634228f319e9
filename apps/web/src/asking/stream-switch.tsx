import { useReadable } from '@streambed/client/react';
import { prefer, preferences } from '../preferences.ts';
import { texts } from '../texts.ts';
import { Hint } from '../ui/hint.tsx';

/** Whether answers stream, or come whole. */
export function StreamSwitch() {
  const stream = useReadable(preferences, (chosen) => chosen.stream);
  return (
    <Hint text={texts.stream.meaning}>
      <button
        type="button"
        role="switch"
        aria-checked={stream}
        aria-description={texts.stream.meaning}
        onClick={() => prefer({ stream: !stream })}
        className="group/switch quiet-button flex-none hover:bg-transparent"
      >
        <span className="text-small">{texts.stream.label}</span>
        <span className="flex h-4.5 w-8 flex-none items-center rounded-full bg-stone-4 p-0.5 transition-colors duration-140 group-aria-checked/switch:bg-flow">
          <span className="size-3.5 rounded-full bg-ground transition-transform duration-140 ease-open group-aria-checked/switch:translate-x-3.5" />
        </span>
      </button>
    </Hint>
  );
}
