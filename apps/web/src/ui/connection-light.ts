import type { ConnectionState } from '@streambed/client';
import type { Flow } from './sign.tsx';

export type Light = 'online' | 'connecting' | 'offline';

/**
 * What the light shows. A line that has just broken is being mended: connecting. Once an attempt has failed it is
 * offline until it is connected, also while the next attempt is under way: the light doesn't blink with each.
 */
export function lightOf(line: ConnectionState): Light {
  switch (line.state) {
    case 'connected':
      return 'online';
    case 'connecting':
    case 'offline':
      return line.failures <= 1 ? 'connecting' : 'offline';
    case 'closed':
      return 'offline';
  }
}

export const flowOf: { readonly [L in Light]: Flow } = {
  online: 'steady',
  connecting: 'moving',
  offline: 'flat',
};
