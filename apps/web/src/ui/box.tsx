import { Check } from 'lucide-react';

/** How a choice looks that is made or not; the checkbox itself, where there is one, stands unseen before it. */
export function Box({ chosen }: { readonly chosen: boolean }) {
  const look = chosen ? 'border-flow bg-flow text-flow-ink' : 'border-stone-4';
  return (
    <span
      aria-hidden
      className={`grid size-4 flex-none place-items-center rounded-sm border outline-offset-2 peer-focus-visible:outline-2 peer-focus-visible:outline-flow ${look}`}
    >
      {chosen && <Check size={12} strokeWidth={3} />}
    </span>
  );
}
