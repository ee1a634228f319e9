import { createStore, type Readable } from '@streambed/client';

/** What stands in the middle of the page: a conversation, or what has an address of its own. */
export type Place = 'conversation' | 'activity';

/** The address of everything that runs. No conversation has such a name. */
export const activityAddress = '#/activity';

const shown = createStore<Place>(placeInAddress());

/** What the address names now. */
export const place: Readable<Place> = shown;

window.addEventListener('popstate', () => shown.set(placeInAddress()));

/** Goes to an address of this page (`#…`; empty for its beginning), as a step that the browser can take back. */
export function goToAddress(address: string): void {
  if (location.hash === address) return;
  history.pushState(null, '', address === '' ? location.pathname + location.search : address);
  shown.set(placeInAddress());
}

/** The conversation that the address names. */
export function idInAddress(): string | undefined {
  const id = location.hash.slice(1);
  return /^[\w-]{1,64}$/.test(id) ? id : undefined;
}

function placeInAddress(): Place {
  return location.hash === activityAddress ? 'activity' : 'conversation';
}
