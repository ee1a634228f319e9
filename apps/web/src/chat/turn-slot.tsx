import { answerText, type Turn } from '@streambed/client';
import { createContext, type ReactNode, use, useLayoutEffect, useRef, useState } from 'react';
import { flushSync } from 'react-dom';
import { ScrollOwner } from './scroll-owner.ts';

export const ScrollContext = createContext<ScrollOwner>(new ScrollOwner());

/**
 * A turn's place in the conversation. Far from what is seen it holds only the turn's text, which the browser's own search
 * finds and nothing lays out, and keeps its height; near it, `children`. `stays`: it is always there.
 */
export function TurnSlot(props: {
  readonly turn: Turn;
  readonly stays: boolean;
  readonly children: ReactNode;
}) {
  const { turn, stays, children } = props;
  const owner = use(ScrollContext);
  const ref = useRef<HTMLElement>(null);
  const [near, setNear] = useState(stays);
  const there = near || stays;

  useLayoutEffect(() => {
    const slot = ref.current;
    if (slot === null) return;
    return owner.watch(slot, turn.key, (isNear) => {
      if (isNear || !isHeld(slot)) setNear(isNear);
    });
  }, [owner, turn.key]);

  // Absent, it is hidden until found: nothing lays its text out, and the browser's own search still finds it.
  useLayoutEffect(() => {
    const slot = ref.current;
    if (there || slot === null) return;
    const found = () => flushSync(() => setNear(true));
    slot.setAttribute('hidden', 'until-found');
    slot.addEventListener('beforematch', found);
    return () => {
      slot.removeAttribute('hidden');
      slot.removeEventListener('beforematch', found);
    };
  }, [there]);

  return (
    <section
      ref={ref}
      className="turn"
      style={there ? undefined : { height: owner.heightOf(turn.key) ?? estimate(turn) }}
    >
      {there ? children : `${turn.prompt}\n${answerText(turn.answer)}`}
    </section>
  );
}

/** Somebody is in it: with the focus, or with a selection. */
function isHeld(slot: HTMLElement): boolean {
  if (slot.contains(document.activeElement)) return true;
  const selection = document.getSelection();
  return selection !== null && !selection.isCollapsed && selection.containsNode(slot, true);
}

/** Until it was there once: about what so much text takes. */
function estimate({ prompt, answer }: Turn): number {
  const perLine = Math.min(window.innerWidth, 620) / 8.4;
  const lines = (text: string) =>
    text.split('\n').reduce((sum, line) => sum + Math.max(1, Math.ceil(line.length / perLine)), 0);
  return Math.round(140 + 26 * (lines(prompt) + lines(answerText(answer))));
}
