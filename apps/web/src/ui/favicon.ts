import type { Connection } from '@streambed/client';
import { lightOf } from './connection-light.ts';

/** The sign in the tab lies flat while the model is offline. */
export function followConnection(connection: Connection): void {
  const link = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (link === null) return;
  const online = link.href;
  const offline = online.replace('favicon.svg', 'favicon-offline.svg');
  connection.state.subscribe(() => {
    const href = lightOf(connection.state.get()) === 'offline' ? offline : online;
    if (link.href !== href) link.href = href;
  });
}
