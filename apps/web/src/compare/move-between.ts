import type { KeyboardEvent } from 'react';

/** Arrows go from answer to answer; what has arrows of its own, and what scrolls sideways, keeps them. */
export function moveBetween(event: KeyboardEvent<HTMLElement>): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  const { target } = event;
  if (step === 0 || event.altKey || event.ctrlKey || event.metaKey || !(target instanceof Element)) return;
  if (target.closest('pre, .wide, .diagram, input, textarea, [role="tablist"]') !== null) return;
  const columns = [...event.currentTarget.querySelectorAll<HTMLElement>('[data-column]')];
  const at = columns.findIndex((column) => column.contains(target));
  const next = columns[at === -1 ? (step === 1 ? 0 : columns.length - 1) : at + step];
  if (next === undefined || columns.length < 2) return;
  event.preventDefault();
  next.focus({ preventScroll: true });
}
