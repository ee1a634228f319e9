/** What floats over the page: it has an edge, a shadow, and opens at once. */
export const popupClass =
  'rounded-xl border border-stone-2 bg-raised shadow-float outline-none origin-(--transform-origin) transition-[scale,opacity] duration-140 ease-open data-ending-style:scale-98 data-ending-style:opacity-0 data-starting-style:scale-98 data-starting-style:opacity-0';

/** What stands behind a dialog. */
export const backdropClass =
  'fixed inset-0 z-20 bg-(--veil) transition-opacity duration-140 data-ending-style:opacity-0 data-starting-style:opacity-0';
