import type { Client } from '@streambed/client';
import { StreambedProvider } from '@streambed/client/react';
import type { Chats } from './shell/chats.ts';
import { PageContext, type PageParts } from './shell/page-context.ts';
import { Shell } from './shell/shell.tsx';
import { Door } from './sign-in/door.tsx';

/** The page, with everything it needs. */
export function App(props: { readonly client: Client; readonly chats: Chats; readonly parts: PageParts }) {
  return (
    <StreambedProvider client={props.client}>
      <PageContext value={props.parts}>
        <Door>
          <Shell chats={props.chats} />
        </Door>
      </PageContext>
    </StreambedProvider>
  );
}
