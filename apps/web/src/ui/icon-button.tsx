import type { ReactNode } from 'react';
import { Hint } from './hint.tsx';

/**
 * A button that is an icon; its name is said to screen readers and shown on hover and focus, with its `keys` where it
 * has some. `expanded` where it opens something; it is lit then, unless `unlit` says that what is open is plain to see.
 * `current` where it leads to a place of its own, and that is shown: lit as well.
 */
export function IconButton(props: {
  readonly name: string;
  readonly keys?: string | undefined;
  readonly expanded?: boolean | undefined;
  readonly unlit?: boolean;
  readonly current?: boolean;
  readonly disabled?: boolean;
  readonly children: ReactNode;
  readonly onClick: () => void;
}) {
  const { name, keys, expanded, current, disabled } = props;
  const lit = (expanded === true && props.unlit !== true) || current === true;
  return (
    <Hint text={keys === undefined ? name : `${name} · ${keys}`}>
      <button
        type="button"
        aria-label={name}
        aria-expanded={expanded}
        disabled={disabled}
        aria-current={current ? 'page' : undefined}
        data-popup-open={lit ? '' : undefined}
        className="quiet-button min-w-8 flex-none px-0 disabled:bg-transparent disabled:text-stone-4"
        onClick={props.onClick}
      >
        {props.children}
      </button>
    </Hint>
  );
}
