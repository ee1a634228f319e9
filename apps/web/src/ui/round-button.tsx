import type { ReactNode } from 'react';
import { Hint } from './hint.tsx';

/** The one button that matters most. Without `onClick` it submits its form. */
export function RoundButton(props: {
  readonly name: string;
  readonly tone: 'flow' | 'ink';
  readonly disabled?: boolean;
  readonly onClick?: () => void;
  readonly children: ReactNode;
}) {
  const tone = props.tone === 'flow' ? 'bg-flow text-flow-ink' : 'bg-ink text-ground';
  return (
    <Hint text={props.name}>
      <button
        type={props.onClick === undefined ? 'submit' : 'button'}
        aria-label={props.name}
        disabled={props.disabled}
        onClick={props.onClick}
        className={`grid size-8 flex-none place-items-center rounded-lg transition-[background-color,opacity] duration-120 hover:opacity-90 disabled:bg-stone-2 disabled:text-stone-5 disabled:opacity-100 ${tone}`}
      >
        {props.children}
      </button>
    </Hint>
  );
}
