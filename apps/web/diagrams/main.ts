import mermaid from 'mermaid';
import type { DiagramReply, DiagramRequest } from '../src/markdown/diagram-messages.ts';
import { themeVariables } from './theme.ts';

/**
 * Draws diagrams for the chat, in a frame that has no origin: whatever a model's text makes Mermaid do, it can reach
 * neither the chat's page nor its server. What leaves it is a picture, which the chat shows as one: pictures run nothing.
 */
const fontFamily = 'ui-sans-serif, system-ui, sans-serif';

let drawn = 0;

async function draw({ source, dark }: DiagramRequest): Promise<Omit<DiagramReply, 'id'>> {
  mermaid.initialize({
    startOnLoad: false,
    securityLevel: 'strict',
    suppressErrorRendering: true,
    theme: 'base',
    themeVariables: themeVariables(dark),
    fontFamily,
    // HTML inside of a picture would need fonts and styles that pictures don't have.
    htmlLabels: false,
    flowchart: { htmlLabels: false, useMaxWidth: false },
    maxTextSize: 20_000,
    maxEdges: 400,
  });
  drawn += 1;
  const { svg } = await mermaid.render(`diagram-${drawn}`, source);
  const picture = new DOMParser().parseFromString(svg, 'image/svg+xml').documentElement;
  const [, , width = 0, height = 0] = (picture.getAttribute('viewBox') ?? '').split(/[\s,]+/).map(Number);
  if (!(width > 0 && height > 0)) throw new Error('The diagram has no size.');
  // A picture takes its size from here.
  picture.setAttribute('width', String(Math.ceil(width)));
  picture.setAttribute('height', String(Math.ceil(height)));
  picture.style.maxWidth = '';
  return { svg: new XMLSerializer().serializeToString(picture), width, height };
}

/** One after another: Mermaid's settings are one for all. */
let last: Promise<unknown> = Promise.resolve();

addEventListener('message', ({ source, data }: MessageEvent<DiagramRequest>) => {
  // Its origin can't be named from here, its window can.
  if (source !== parent) return;
  const reply = (message: DiagramReply) => parent.postMessage(message, '*');
  last = last
    .then(() => draw(data))
    .then(
      (picture) => reply({ id: data.id, ...picture }),
      (error: unknown) => reply({ id: data.id, error: error instanceof Error ? error.message : 'unknown' }),
    );
});
parent.postMessage({ id: 0 } satisfies DiagramReply, '*');
