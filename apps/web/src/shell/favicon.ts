import type { Connection } from '@streambed/client';
import { lightOf } from '../ui/connection-light.ts';

/** The sign lying flat. Its address holds it whole: when it is needed there is no server to ask for it. */
const flat = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32" fill="none" stroke="#8b857b" stroke-width="3.4" ' +
    'stroke-linecap="round"><path d="M4 7.5h24M4 16h24M4 24.5h24"/></svg>',
)}`;

/** The sign in the tab lies flat while the model is offline. */
export function followConnection(connection: Connection): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link === null) return;
  const flowing = link.href;
  connection.state.subscribe(() => {
    const href = lightOf(connection.state.get()) === 'offline' ? flat : flowing;
    if (link.href !== href) link.href = href;
  });
}
