import type { ConnectionState } from '../connection.ts';
import { useClient } from './provider.ts';
import { useReadable } from './use-readable.ts';

/** How the line to the server is, or what `select` picks of it. */
export function useConnection<S = ConnectionState>(select?: (state: ConnectionState) => S): S {
  return useReadable(useClient().connection.state, select);
}
