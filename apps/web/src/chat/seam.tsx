import type { GenerationSnapshot } from '@streambed/client';
import { type RefObject, useLayoutEffect, useRef, useState } from 'react';

/** As long as its fade; a timer, since who asked for less motion sees no animation end. */
const shownMs = 2_000;

/** A hairline where an answer was picked up again: it fades in two seconds, and moves nothing. */
export function Seam(props: {
  readonly answer: GenerationSnapshot;
  readonly contentRef: RefObject<HTMLElement | null>;
}) {
  const { phase, resumed } = props.answer;
  const [top, setTop] = useState<number>();
  /** How far the text reached when its line was lost. */
  const reached = useRef(0);
  const seen = useRef(resumed);

  useLayoutEffect(() => {
    if (phase === 'resuming') reached.current = props.contentRef.current?.offsetHeight ?? 0;
  }, [phase, props.contentRef]);

  useLayoutEffect(() => {
    if (resumed === seen.current) return;
    seen.current = resumed;
    // A page that reloaded had nothing then: what is there now is what it missed.
    setTop(reached.current || props.contentRef.current?.offsetHeight);
  }, [resumed, props.contentRef]);

  useLayoutEffect(() => {
    if (top === undefined) return;
    const timer = setTimeout(() => setTop(undefined), shownMs);
    return () => clearTimeout(timer);
  }, [top]);

  return top === undefined ? null : <div aria-hidden="true" className="seam" style={{ top }} />;
}
