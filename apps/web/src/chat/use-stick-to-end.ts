import { type RefObject, useCallback, useEffect, useRef, useState } from 'react';

/** How near the end counts as being there, in pixels. */
const near = 24;

/**
 * The one owner of the conversation's scroll. At the end it stays at the end, whatever grows; as soon as the reader
 * scrolls up it lets go, and takes hold again when the reader comes back.
 */
export function useStickToEnd(
  scrollerRef: RefObject<HTMLElement | null>,
  contentRef: RefObject<HTMLElement | null>,
): { readonly atEnd: boolean; readonly toEnd: () => void } {
  const [atEnd, setAtEnd] = useState(true);
  const stuck = useRef(true);

  const toEnd = useCallback(() => {
    const scroller = scrollerRef.current;
    stuck.current = true;
    setAtEnd(true);
    if (scroller !== null) scroller.scrollTop = scroller.scrollHeight;
  }, [scrollerRef]);

  useEffect(() => {
    const scroller = scrollerRef.current;
    const content = contentRef.current;
    if (scroller === null || content === null) return;
    let lastTop = scroller.scrollTop;

    const onScroll = () => {
      const top = scroller.scrollTop;
      const left = scroller.scrollHeight - scroller.clientHeight - top;
      // Only a movement upwards is the reader's wish: growth moves nothing, and we move downwards only.
      if (left <= near) stuck.current = true;
      else if (top < lastTop) stuck.current = false;
      lastTop = top;
      setAtEnd(stuck.current);
    };
    const follow = () => {
      if (stuck.current) scroller.scrollTop = scroller.scrollHeight;
      lastTop = scroller.scrollTop;
    };
    const observer = new ResizeObserver(follow);
    observer.observe(content);
    observer.observe(scroller);
    scroller.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener('scroll', onScroll);
    };
  }, [scrollerRef, contentRef]);

  return { atEnd, toEnd };
}
