import { type RefObject, useEffect, useMemo, useState } from 'react';

/** So much is drawn beyond what is to be seen, in pixels. */
const margin = 400;

export interface Window {
  /** Where each row begins; one more than there are rows: its last is the height of all. */
  readonly tops: readonly number[];
  readonly from: number;
  /** The first row that isn't drawn. */
  readonly to: number;
}

/** Which rows of a long list are drawn: those in sight of the scroller, and a few more. */
export function useWindow(scrollerRef: RefObject<HTMLElement | null>, heights: readonly number[]): Window {
  const [seen, setSeen] = useState({ top: 0, height: 800 });
  useEffect(() => {
    const scroller = scrollerRef.current;
    if (scroller === null) return;
    const look = () => setSeen({ top: scroller.scrollTop, height: scroller.clientHeight });
    look();
    const observer = new ResizeObserver(look);
    observer.observe(scroller);
    scroller.addEventListener('scroll', look, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', look);
    };
  }, [scrollerRef]);
  const tops = useMemo(() => {
    let top = 0;
    const all = heights.map((height) => {
      const mine = top;
      top += height;
      return mine;
    });
    all.push(top);
    return all;
  }, [heights]);
  const first = tops.findLastIndex((top) => top <= seen.top - margin);
  const after = tops.findIndex((top) => top >= seen.top + seen.height + margin);
  return {
    tops,
    from: Math.max(0, first),
    to: after === -1 ? heights.length : Math.min(after, heights.length),
  };
}
