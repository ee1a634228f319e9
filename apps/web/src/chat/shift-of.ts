/** A turn's place whose height has changed, in pixels from the content's top as it stands now. */
export interface ChangedPlace {
  readonly top: number;
  readonly height: number;
  /** By how much it grew. */
  readonly delta: number;
  /** It stood empty until now. */
  readonly arriving: boolean;
}

/** A turn's place that was there before, and its height before. */
export interface KnownPlace {
  readonly top: number;
  readonly height: number;
}

/**
 * By how much a view must move, so that what was read in it stays where it was. What ended above the view moves all of
 * it. A turn that arrives within it moves what stands below, if that was all there was to read: `known` gives what was
 * there already, and is asked only where it matters.
 */
export function shiftOf(
  changed: readonly ChangedPlace[],
  view: { readonly top: number; readonly height: number },
  known: () => Iterable<KnownPlace>,
): number {
  const inOrder = changed.toSorted((a, b) => a.top - b.top);
  let read: number | undefined;
  let moved = 0;
  let shift = 0;
  for (const { top, height, delta, arriving } of inOrder) {
    const before = top - moved;
    // What was empty keeps its end where it was: only what stands below it was being read.
    const edge = arriving ? before : before + height - delta;
    if (edge <= view.top) shift += delta;
    else if (arriving && edge < view.top + view.height) {
      read ??= firstRead(inOrder, view, known());
      if (edge < read) shift += delta;
    }
    moved += delta;
  }
  return shift;
}

/** Where the first place stood that was there and in view; above all where there was none. */
function firstRead(
  changed: readonly ChangedPlace[],
  view: { readonly top: number; readonly height: number },
  known: Iterable<KnownPlace>,
): number {
  let first = Infinity;
  for (const { top, height } of known) {
    const moved = changed.reduce((sum, one) => (one.top < top ? sum + one.delta : sum), 0);
    const before = top - moved;
    if (before + height > view.top && before < view.top + view.height) first = Math.min(first, before);
  }
  return first === Infinity ? -Infinity : first;
}
