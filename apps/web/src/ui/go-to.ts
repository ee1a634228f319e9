import type { MouseEvent } from 'react';

/** What a link within the page does: goes to the element of that name, and leaves the page's address alone. */
export function goTo(name: string) {
  return (event: MouseEvent): void => {
    event.preventDefault();
    const target = document.getElementById(name);
    target?.scrollIntoView({ block: 'nearest' });
    target?.focus({ preventScroll: true });
  };
}
