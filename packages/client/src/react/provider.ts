import { createContext, createElement, type ReactElement, type ReactNode, useContext } from 'react';
import type { Client } from '../client.ts';

const ClientContext = createContext<Client | undefined>(undefined);

/** Gives the client to everything below. Whoever made it closes it. */
export function StreambedProvider(props: {
  readonly client: Client;
  readonly children?: ReactNode;
}): ReactElement {
  return createElement(ClientContext, { value: props.client }, props.children);
}

/** The client of the nearest {@link StreambedProvider}; throws where there is none. */
export function useClient(): Client {
  const client = useContext(ClientContext);
  if (client === undefined)
    throw new Error('useClient: there is no <StreambedProvider> above this component.');
  return client;
}
