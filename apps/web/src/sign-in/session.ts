import { type Client, createStore, HttpRefusal, type Readable } from '@streambed/client';
import { forgetDraftFiles } from '../asking/draft-files.ts';

/** Who this browser is to the server. */
export type SessionState =
  /** Not known yet, or the server has no keys: nobody has to say who they are. */
  | { readonly state: 'unknown' | 'not_needed' | 'signed_out' }
  | { readonly state: 'signed_in'; readonly name: string };

/** Signing in and out. The key is typed once: what stays is a cookie that no script can read. */
export interface Session extends Readable<SessionState> {
  /** Throws with the server's words where the key is refused. */
  signIn(key: string): Promise<void>;
  signOut(): Promise<void>;
}

/** Not authenticated, as the socket says it when it closes. */
const notAuthenticated = 4001;
const path = 'streambed/v1/session';

/** Asks the server who this browser is: now, with each new connection until it is known, and when the socket says 4001. */
export function createSession({ call, connection }: Pick<Client, 'call' | 'connection'>): Session {
  const store = createStore<SessionState>({ state: 'unknown' });

  const check = async () => {
    try {
      const said = (await (await call(path, { cache: 'no-store' })).json()) as Said;
      if (said.signed_in) store.set({ state: 'signed_in', name: said.name ?? said.user ?? '' });
      else store.set({ state: said.required ? 'signed_out' : 'not_needed' });
      // Nothing would be answered.
      if (!said.signed_in && said.required) connection.close();
    } catch {
      // Out of reach: the next connection asks again.
    }
  };
  void check();
  connection.state.subscribe(() => {
    const line = connection.state.get();
    const unknown = line.state === 'connected' && store.get().state === 'unknown';
    if (unknown || (line.state === 'offline' && line.code === notAuthenticated)) void check();
  });

  return {
    get: store.get,
    subscribe: store.subscribe,
    async signIn(key) {
      await call(path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key }),
      });
      // Nothing of whoever was here before stays in memory.
      location.reload();
    },
    async signOut() {
      await call(path, { method: 'DELETE' }).catch((thrown) => {
        // The cookie is gone all the same.
        if (!(thrown instanceof HttpRefusal)) throw thrown;
      });
      await forget();
      location.reload();
    },
  };
}

interface Said {
  readonly required: boolean;
  readonly signed_in: boolean;
  readonly name?: string;
  readonly user?: string;
}

/** What was written and not sent is whoever's that leaves; how the page looks stays. */
async function forget(): Promise<void> {
  try {
    sessionStorage.clear();
    for (const kept of ['drafts', 'parameters']) localStorage.removeItem(`streambed.${kept}`);
  } catch {
    // Refused: then nothing was kept either.
  }
  await forgetDraftFiles();
}
