import type { ReactNode } from 'react';
import { Hint } from './hint.tsx';

/**
 * A button that is an icon; its name is said to screen readers and shown on hover and focus, with its `keys` where it
 * has some. `expanded` where it opens something; it is lit then, unless `unlit` says that what is open is plain to see.
 */
export function IconButton(props: {
  readonly name: string;
  readonly keys?: string | undefined;
  readonly expanded?: boolean | undefined;
  readonly unlit?: boolean;
  readonly disabled?: boolean;
  readonly children: ReactNode;
  readonly onClick: () => void;
}) {
  const { name, keys, expanded, disabled } = props;
  return (
    <Hint text={keys === undefined ? name : `${name} · ${keys}`}>
      <button
        type="button"
        aria-label={name}
        aria-expanded={expanded}
        disabled={disabled}
        data-popup-open={expanded && !props.unlit ? '' : undefined}
        className="quiet-button min-w-8 flex-none px-0 disabled:bg-transparent disabled:text-stone-4"
        onClick={props.onClick}
      >
        {props.children}
      </button>
    </Hint>
  );
}
