// The AI SDK's useChat over Streambed: the transport is the one line that changes. Reload it in mid-answer: it goes on.
// `npm run examples`, then /ai-sdk.
import { useChat } from '@ai-sdk/react';
import { StreambedChatTransport } from '@streambed/client/ai-sdk';
import type { UIMessage } from 'ai';
import { StrictMode, useEffect, useState } from 'react';
import { createRoot } from 'react-dom/client';

const transport = new StreambedChatTransport({
  url: new URL('/', document.baseURI).href,
  model: 'anthropic',
});
const kept: UIMessage[] = JSON.parse(sessionStorage.getItem('messages') ?? '[]');

function Chat() {
  const [draft, setDraft] = useState('What is a stream?');
  const { messages, status, error, sendMessage, stop } = useChat({
    id: 'example',
    messages: kept,
    resume: true,
    transport,
  });
  useEffect(() => sessionStorage.setItem('messages', JSON.stringify(messages)), [messages]);
  const running = status === 'submitted' || status === 'streaming';
  return (
    <main>
      <p role="status">{error?.message ?? status}</p>
      {messages.map(({ id, role, parts }) => (
        <p key={id} data-role={role} style={{ whiteSpace: 'pre-wrap' }}>
          {parts.map((part) => (part.type === 'text' ? part.text : ''))}
        </p>
      ))}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void sendMessage({ text: draft });
        }}
      >
        <input aria-label="Message" value={draft} onChange={(event) => setDraft(event.target.value)} />
        <button type="submit" disabled={running}>
          Send
        </button>
        <button type="button" disabled={!running} onClick={stop}>
          Stop
        </button>
      </form>
    </main>
  );
}

createRoot(document.body.appendChild(document.createElement('div'))).render(
  <StrictMode>
    <Chat />
  </StrictMode>,
);
