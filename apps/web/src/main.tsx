import { CSPProvider } from '@base-ui/react/csp-provider';
import { createClient, createConversation } from '@streambed/client';
import { StreambedProvider } from '@streambed/client/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { loadMarkdown } from './chat/blocks/text-block.tsx';
import { loadModelSelect } from './models/model-picker.tsx';
import { createModelStore } from './models/model-store.ts';
import { followConnection } from './shell/favicon.ts';
import { keep, readKept } from './shell/kept-conversation.ts';
import './styles/index.css';

const client = createClient({ url: document.baseURI });
const conversation = createConversation(client, readKept());
keep(conversation);
const models = createModelStore(client);
followConnection(client.connection);

const root = document.getElementById('root');
if (root === null) throw new Error('index.html has no #root');
createRoot(root).render(
  <StrictMode>
    <CSPProvider disableStyleElements>
      <StreambedProvider client={client}>
        <App conversation={conversation} models={models} />
      </StreambedProvider>
    </CSPProvider>
  </StrictMode>,
);

// Beside the shell, so that a first click and a first answer find them there.
for (const load of [loadModelSelect, loadMarkdown]) load().catch(() => undefined);
