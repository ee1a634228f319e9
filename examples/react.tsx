// A chat in React. Reload it in mid-answer: it goes on. `npm run examples`, then /react.
import { answerText, createClient, createConversation, type SavedConversation } from '@streambed/client';
import { StreambedProvider, useConnection, useConversation } from '@streambed/client/react';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

const client = createClient({ url: new URL('/', document.baseURI).href });
const saved: SavedConversation | undefined =
  JSON.parse(sessionStorage.getItem('conversation') ?? 'null') ?? undefined;
const conversation = createConversation(client, saved);
addEventListener('pagehide', () =>
  sessionStorage.setItem('conversation', JSON.stringify(conversation.save())),
);

function Chat() {
  const [draft, setDraft] = useState('What is a stream?');
  // At most one render a frame, however many tokens come.
  const { turns, running } = useConversation(conversation);
  const line = useConnection(({ state }) => state);
  return (
    <main>
      <p role="status">{line}</p>
      {turns.map(({ key, prompt, answer }) => (
        <section key={key}>
          <h2>{prompt}</h2>
          <p data-state={answer.phase} style={{ whiteSpace: 'pre-wrap' }}>
            {answerText(answer)}
          </p>
        </section>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          conversation.ask({ prompt: draft, model: 'anthropic' });
        }}
      >
        <input aria-label="Message" value={draft} onChange={(event) => setDraft(event.target.value)} />
        <button type="submit" disabled={running}>
          Send
        </button>
        <button type="button" disabled={!running} onClick={conversation.stop}>
          Stop
        </button>
      </form>
    </main>
  );
}

createRoot(document.body.appendChild(document.createElement('div'))).render(
  <StrictMode>
    <StreambedProvider client={client}>
      <Chat />
    </StreambedProvider>
  </StrictMode>,
);
