/** What the bench runs inside of the page. Each function stands alone: it is sent there as text. */

export interface Typing {
  /** From each keystroke to the paint that shows it, in milliseconds. */
  readonly latencies: readonly number[];
}

/** Measures every keystroke from now on. */
export function watchTyping(): void {
  const latencies: number[] = [];
  Object.assign(window, { benchTyping: { latencies } });
  window.addEventListener(
    'keydown',
    ({ timeStamp }) => {
      requestAnimationFrame(() => {
        // A message is delivered after the frame was painted.
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => latencies.push(performance.now() - timeStamp);
        port2.postMessage(undefined);
      });
    },
    { capture: true },
  );
}

export function readTyping(): readonly number[] {
  return (window as unknown as { benchTyping: Typing }).benchTyping.latencies;
}

/** Elements and texts in the document. */
export function countNodes(): { readonly elements: number; readonly nodes: number } {
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
  let nodes = 0;
  while (walker.nextNode() !== null) nodes += 1;
  return { elements: document.querySelectorAll('*').length, nodes };
}
