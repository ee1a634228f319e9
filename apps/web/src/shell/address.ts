import { createStore, type Readable } from '@streambed/client';

/** What stands in the middle of the page: a conversation, or what has an address of its own. */
export type Place = 'conversation' | 'activity';

/** The address of everything that runs. No conversation has such a name. */
export const activityAddress = '#/activity';

const shown = createStore<Place>(placeInAddress());
const compared = createStore(comparedInAddress());

/** What the address names now. */
export const place: Readable<Place> = shown;

/** The turn whose answers are shown side by side, in the conversation that is shown; undefined where none are. */
export const comparedTurn: Readable<string | undefined> = compared;

window.addEventListener('popstate', read);

function read(): void {
  shown.set(placeInAddress());
  compared.set(comparedInAddress());
}

/** Where a conversation is. */
export function conversationAddress(id: string): string {
  return `#${id}`;
}

/** Where the answers beside one of its turns are, side by side. */
export function compareAddress(id: string, turn: string): string {
  return `#${id}/compare/${turn}`;
}

/** Goes to an address of this page (`#…`; empty for its beginning), as a step that the browser can take back. */
export function goToAddress(address: string): void {
  if (location.hash === address) return;
  history.pushState(null, '', address === '' ? location.pathname + location.search : address);
  read();
}

/** The conversation that the address names. */
export function idInAddress(): string | undefined {
  return partsOfAddress()?.[1];
}

function comparedInAddress(): string | undefined {
  return partsOfAddress()?.[2];
}

function partsOfAddress() {
  return /^#([\w-]{1,64})(?:\/compare\/([\w-]{1,64}))?$/.exec(location.hash);
}

function placeInAddress(): Place {
  return location.hash === activityAddress ? 'activity' : 'conversation';
}
