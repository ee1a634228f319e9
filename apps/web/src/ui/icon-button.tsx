import type { ReactNode } from 'react';
import { Hint } from './hint.tsx';

/** A button that is an icon; its name is said to screen readers and shown on hover and focus. */
export function IconButton(props: {
  readonly name: string;
  readonly children: ReactNode;
  readonly onClick: () => void;
}) {
  return (
    <Hint text={props.name}>
      <button
        type="button"
        aria-label={props.name}
        className="quiet-button min-w-8 px-0"
        onClick={props.onClick}
      >
        {props.children}
      </button>
    </Hint>
  );
}
