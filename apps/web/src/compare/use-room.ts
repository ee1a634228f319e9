import { type RefObject, useLayoutEffect, useState } from 'react';

/** Narrower than this a column is no pleasure to read. */
const leastWidth = 232;

/** Whether an element has room for so many columns; it may be beside the rail, the drawer, both or neither. */
export function useRoom(ref: RefObject<HTMLElement | null>, columns: number): boolean {
  const [width, setWidth] = useState(window.innerWidth);
  useLayoutEffect(() => {
    const element = ref.current;
    if (element === null) return;
    setWidth(element.clientWidth);
    const watch = new ResizeObserver(() => setWidth(element.clientWidth));
    watch.observe(element);
    return () => watch.disconnect();
  }, [ref]);
  return width >= columns * leastWidth;
}
