const apple = /Mac|iPhone|iPad/.test(navigator.platform);

/** What the platform's keyboards call the key that begins a shortcut. */
const modName = apple ? '⌘' : 'Ctrl';

/** How a shortcut is written: `Ctrl K`, `⌘ ⇧ O`. */
export function keysText(keys: string): string {
  return keys
    .replace('mod', modName)
    .replace('shift', apple ? '⇧' : 'Shift')
    .replace(/ [a-z]$/, (letter) => letter.toUpperCase());
}

/** Whether the event is that shortcut: `mod k`, `mod shift o`. */
export function isKeys(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split(' ');
  return (
    (apple ? event.metaKey : event.ctrlKey) === parts.includes('mod') &&
    event.shiftKey === parts.includes('shift') &&
    !event.altKey &&
    event.key.toLowerCase() === parts.at(-1)
  );
}
