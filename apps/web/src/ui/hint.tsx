import { createStore } from '@streambed/client';
import { useReadable } from '@streambed/client/react';
import {
  cloneElement,
  type FocusEvent,
  type PointerEvent,
  type ReactElement,
  useLayoutEffect,
  useRef,
} from 'react';

interface Shown {
  readonly text: string;
  readonly anchor: DOMRect;
}

/** There is one hint on the page at a time, so there is one place that knows it. */
const shown = createStore<Shown | undefined>(undefined);
let timer: ReturnType<typeof setTimeout> | undefined;

const openMs = 400;
/** Long enough for a pointer to travel from what is explained onto the explanation. */
const closeMs = 150;
const gap = 6;
const margin = 8;

function plan(next: Shown | undefined, ms: number): void {
  clearTimeout(timer);
  timer = setTimeout(() => shown.set(next), ms);
}

/** What a trigger must take: a button, or anything else that can be hovered and focused. */
interface TriggerProps {
  readonly onPointerEnter?: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerLeave?: (event: PointerEvent<HTMLElement>) => void;
  readonly onPointerDown?: () => void;
  readonly onPointerUp?: (event: PointerEvent<HTMLElement>) => void;
  readonly onFocus?: (event: FocusEvent<HTMLElement>) => void;
  readonly onBlur?: () => void;
}

/**
 * Shows `text` by `children` on hover and on keyboard focus. It is for the eye: what a screen reader should hear is
 * the child's own name and description.
 */
export function Hint({
  text,
  children,
}: {
  readonly text: string;
  readonly children: ReactElement<TriggerProps>;
}) {
  const { onFocus } = children.props;
  return cloneElement(children, {
    onPointerEnter: (event: PointerEvent<HTMLElement>) => {
      const anchor = event.currentTarget;
      if (event.pointerType === 'mouse') plan({ text, anchor: anchor.getBoundingClientRect() }, openMs);
    },
    onPointerLeave: (event: PointerEvent<HTMLElement>) => {
      if (event.pointerType === 'mouse') plan(undefined, closeMs);
    },
    onPointerDown: () => plan(undefined, 0),
    // A finger can't hover: it taps.
    onPointerUp: (event: PointerEvent<HTMLElement>) => {
      const anchor = event.currentTarget.getBoundingClientRect();
      if (event.pointerType === 'touch') plan({ text, anchor }, 0);
    },
    onFocus: (event: FocusEvent<HTMLElement>) => {
      onFocus?.(event);
      const anchor = event.currentTarget;
      if (anchor.matches(':focus-visible')) plan({ text, anchor: anchor.getBoundingClientRect() }, 0);
    },
    onBlur: () => plan(undefined, 0),
  });
}

/** Where hints appear; the page has one, at its end. */
export function HintLayer() {
  const hint = useReadable(shown);
  return hint === undefined ? null : <Popup hint={hint} />;
}

function Popup({ hint }: { readonly hint: Shown }) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const popup = ref.current;
    if (popup === null) return;
    const { offsetWidth: width, offsetHeight: height } = popup;
    const { anchor } = hint;
    const above = anchor.top - gap - height;
    const left = anchor.left + anchor.width / 2 - width / 2;
    popup.style.top = `${above >= margin ? above : anchor.bottom + gap}px`;
    popup.style.left = `${Math.max(margin, Math.min(left, window.innerWidth - margin - width))}px`;
  }, [hint]);
  useLayoutEffect(() => {
    const close = () => plan(undefined, 0);
    const onKey = (event: KeyboardEvent) => event.key === 'Escape' && close();
    window.addEventListener('keydown', onKey);
    window.addEventListener('pointerdown', close);
    window.addEventListener('scroll', close, { capture: true, passive: true });
    return () => {
      window.removeEventListener('keydown', onKey);
      window.removeEventListener('pointerdown', close);
      window.removeEventListener('scroll', close, { capture: true });
    };
  }, []);
  return (
    <div
      ref={ref}
      aria-hidden="true"
      onPointerEnter={() => clearTimeout(timer)}
      onPointerLeave={() => plan(undefined, closeMs)}
      className="fixed top-0 left-0 z-20 w-max max-w-64 rounded-md bg-ink px-2 py-1 text-meter text-ground"
    >
      {hint.text}
    </div>
  );
}
