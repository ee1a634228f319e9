import { CSPProvider } from '@base-ui/react/csp-provider';
import { createClient } from '@streambed/client';
import { createConversations } from '@streambed/client/conversations';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { forgetDraftsOfDeleted } from './asking/forget-drafts.ts';
import { loadAnswerMenu } from './chat/answer-actions.tsx';
import { loadMarkdown } from './chat/blocks/text-part.tsx';
import { createLine } from './doctor/line.ts';
import { loadModelMenu } from './models/model-picker.tsx';
import { createModelStore } from './models/model-store.ts';
import { loadPaletteDialog } from './palette/palette.tsx';
import { loadRailContent } from './rail/rail.tsx';
import { createRailList } from './rail/rail-list.ts';
import { followParameters } from './settings/parameter-store.ts';
import { createPresetStore } from './settings/preset-store.ts';
import { createChats } from './shell/chats.ts';
import { loadPanels, loadSheet } from './shell/drawer.tsx';
import { followConnection } from './shell/favicon.ts';
import { createSession } from './sign-in/session.ts';
import './styles/index.css';

/** Connects, and shows the page. */
function start(): void {
  const base = new URL('./', document.baseURI).href;
  const line = createLine(() => client.connection.retryNow());
  const client = createClient({ url: base, ...line.options });
  const models = createModelStore(client);
  const conversations = createConversations(client);
  const chats = createChats(conversations);
  const list = createRailList(conversations);
  const presets = createPresetStore(client);
  const session = createSession(client);
  followConnection(client.connection);
  forgetDraftsOfDeleted(conversations);
  followParameters(chats);

  const root = document.getElementById('root');
  if (root === null) throw new Error('index.html has no #root');
  createRoot(root).render(
    <StrictMode>
      <CSPProvider disableStyleElements>
        <App
          client={client}
          chats={chats}
          parts={{ line, models, conversations, list, presets, session, base }}
        />
      </CSPProvider>
    </StrictMode>,
  );
}

// In a task of its own, after the one in which the scripts first run.
setTimeout(start);

// Beside the shell, so that a first click and a first answer find them there. Each in a task of its own: none holds up
// the first frame.
for (const load of [
  loadRailContent,
  loadMarkdown,
  loadModelMenu,
  loadAnswerMenu,
  loadPanels,
  loadPaletteDialog,
  loadSheet,
]) {
  setTimeout(() => load().catch(() => undefined));
}
