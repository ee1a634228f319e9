import type { DiagramReply, DiagramRequest } from './diagram-messages.ts';

export interface DrawnDiagram {
  /** A `data:` address: shown as a picture it runs nothing and loads nothing. */
  readonly picture: string;
  readonly width: number;
  readonly height: number;
}

/** Loading Mermaid and drawing: past this the source is shown. */
const patienceMs = 20_000;
const kept = 60;

const drawn = new Map<string, DrawnDiagram>();
const waiting = new Map<number, (reply: DiagramReply) => void>();
let made = 0;
let frame: Promise<Window> | undefined;

const nameOf = (source: string, dark: boolean) => `${dark}\n${source}`;

/** The drawing of a source that was drawn before. */
export function knownDiagram(source: string, dark: boolean): DrawnDiagram | undefined {
  return drawn.get(nameOf(source, dark));
}

/** Draws Mermaid's text in a sandboxed frame of its own. Rejects where it can't be read, or no frame comes. */
export async function drawDiagram(source: string, dark: boolean): Promise<DrawnDiagram> {
  const known = knownDiagram(source, dark);
  if (known !== undefined) return known;
  frame ??= openFrame();
  frame.catch(() => (frame = undefined));
  const target = await frame;
  made += 1;
  const request: DiagramRequest = { id: made, source, dark };
  const reply = await answerTo(request.id, () => target.postMessage(request, '*'));
  const { svg, width = 0, height = 0 } = reply;
  if (svg === undefined) throw new Error(reply.error ?? 'no picture');
  const diagram = { picture: `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`, width, height };
  drawn.set(nameOf(source, dark), diagram);
  for (const oldest of drawn.keys()) {
    if (drawn.size <= kept) break;
    drawn.delete(oldest);
  }
  return diagram;
}

function answerTo(id: number, ask: () => void): Promise<DiagramReply> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      waiting.delete(id);
      reject(new Error('The frame that draws does not answer.'));
    }, patienceMs);
    waiting.set(id, (reply) => {
      clearTimeout(timer);
      waiting.delete(id);
      resolve(reply);
    });
    ask();
  });
}

/** Without `allow-same-origin` it has no origin: no storage, no cookies, no way to the page around it. */
async function openFrame(): Promise<Window> {
  const element = document.createElement('iframe');
  element.setAttribute('sandbox', 'allow-scripts');
  element.src = new URL('diagrams/index.html', document.baseURI).href;
  element.title = 'Diagrams';
  element.tabIndex = -1;
  element.ariaHidden = 'true';
  // Mermaid measures text, so it must be laid out; out of sight.
  element.className = 'pointer-events-none invisible fixed top-0 left-0 h-150 w-200';
  addEventListener('message', ({ source, data }: MessageEvent<DiagramReply>) => {
    if (source === element.contentWindow) waiting.get(data.id)?.(data);
  });
  try {
    await answerTo(0, () => document.body.append(element));
  } catch (error) {
    element.remove();
    throw error;
  }
  const target = element.contentWindow;
  if (target === null) throw new Error('The frame is gone.');
  return target;
}
