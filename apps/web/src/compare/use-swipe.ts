import { type TouchEvent, useRef } from 'react';

/** A finger that travels this far sideways, and less than half as far up or down, turns the page. */
const leastPixels = 56;

/** Tells of swipes: -1 to the one before, 1 to the next one. What scrolls sideways by itself keeps its swipes. */
export function useSwipe(onSwipe: (step: -1 | 1) => void) {
  const start = useRef<{ readonly x: number; readonly y: number }>(undefined);
  return {
    onTouchStart: ({ touches, target }: TouchEvent) => {
      const touch = touches[0];
      const taken = target instanceof Element && target.closest('pre, .wide, .diagram, .formula-display');
      start.current =
        touch === undefined || touches.length > 1 || taken
          ? undefined
          : { x: touch.clientX, y: touch.clientY };
    },
    onTouchEnd: ({ changedTouches }: TouchEvent) => {
      const from = start.current;
      const touch = changedTouches[0];
      start.current = undefined;
      if (from === undefined || touch === undefined) return;
      const x = touch.clientX - from.x;
      const y = touch.clientY - from.y;
      if (Math.abs(x) >= leastPixels && Math.abs(x) > 2 * Math.abs(y)) onSwipe(x < 0 ? 1 : -1);
    },
  };
}
