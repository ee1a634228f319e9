import { answerText, createClient, type Generation } from '@streambed/client';
import { useGeneration } from '@streambed/client/react';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';

/** What the test reads: how often each component rendered, how many frames there were, and what was shown in turn. */
const seen = { text: 0, phase: 0, frames: 0, phases: [] as string[] };
Object.assign(globalThis, { seen });

const client = createClient({ url: new URL('/', document.baseURI).href });
const start = (content: string) =>
  client.generate({ model: 'anthropic', max_tokens: 4_096, messages: [{ role: 'user', content }] });
const countFrames = () => {
  seen.frames += 1;
  requestAnimationFrame(countFrames);
};
requestAnimationFrame(countFrames);

function Text({ generation }: { readonly generation: Generation }) {
  seen.text += 1;
  return <p data-text={generation.id}>{useGeneration(generation, answerText)}</p>;
}

function Phase({ generation }: { readonly generation: Generation }) {
  seen.phase += 1;
  const phase = useGeneration(generation, (snapshot) => snapshot.phase);
  if (seen.phases.at(-1) !== phase) seen.phases.push(phase);
  return <p data-phase={phase}>{phase}</p>;
}

function Whole({ generation }: { readonly generation: Generation }) {
  return <p data-seq={useGeneration(generation).seq} />;
}

function Page() {
  const [generation, setGeneration] = useState(() => start('/say one two three'));
  return (
    <>
      <Text generation={generation} />
      <Text generation={generation} />
      <Phase generation={generation} />
      <Whole generation={generation} />
      <button type="button" onClick={() => setGeneration(start(decodeURIComponent(location.hash.slice(1))))}>
        Next
      </button>
    </>
  );
}

const strict = new URLSearchParams(location.search).has('strict');
createRoot(document.body.appendChild(document.createElement('div'))).render(
  strict ? (
    <StrictMode>
      <Page />
    </StrictMode>
  ) : (
    <Page />
  ),
);
