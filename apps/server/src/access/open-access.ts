import type { IncomingHttpHeaders } from 'node:http';
import { ConfigError } from '../config/config-error.ts';
import type { ListenConfig } from '../config.ts';
import type { Database } from '../database/database.ts';
import type { Owner } from '../generation/owner.ts';
import { Access } from './access.ts';
import { KeyRing, type KeyRingOptions } from './key-ring.ts';
import { KeyStore } from './key-store.ts';

export interface OpenAccessOptions extends Pick<KeyRingOptions, 'environmentKey' | 'onTrouble'> {
  readonly db: Database;
  readonly listen: Pick<ListenConfig, 'insecure' | 'exposed'>;
  /** Who everybody is while there are no keys. */
  readonly everyone: (headers: IncomingHttpHeaders) => Owner;
}

/** All there is to know about who may. */
export interface OpenAccess extends Disposable {
  readonly access: Access;
  readonly store: KeyStore;
}

/**
 * Reads the keys. Throws ConfigError where there are none and the server could be reached from elsewhere: without them
 * only this machine is served, unless somebody says aloud that more is meant.
 */
export async function openAccess({ db, listen, everyone, ...more }: OpenAccessOptions): Promise<OpenAccess> {
  const ring = await KeyRing.open({ db, ...more });
  if (!ring.keyed && !listen.insecure && listen.exposed !== undefined) {
    ring[Symbol.dispose]();
    throw new ConfigError(
      `${listen.exposed} is not loopback, and without keys everyone who reaches this server spends your money: make one with \`streambed keys create\`, listen on 127.0.0.1, or add --insecure where something in front checks who may`,
    );
  }
  return {
    access: new Access({ ring, everyone }),
    store: new KeyStore(db),
    [Symbol.dispose]: () => ring[Symbol.dispose](),
  };
}
