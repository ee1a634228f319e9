import katex from 'katex';
import 'katex/dist/katex.min.css';

/** The longest TeX that is set: longer ones cost more time than a frame has. */
const longest = 5_000;

/**
 * Sets a formula into `element`. What can't be read leaves what was there, else stands as its TeX. Commands that would
 * load, link or style from outside are refused.
 */
export function renderFormula(
  tex: string,
  { display, live }: { readonly display: boolean; readonly live: boolean },
  element: HTMLElement,
): void {
  try {
    if (tex.length > longest) throw new RangeError('too long');
    const holder = document.createElement('span');
    katex.render(tex, holder, {
      displayMode: display,
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxExpand: 200,
      maxSize: 20,
    });
    element.replaceChildren(...holder.childNodes);
  } catch {
    if (live) return;
    const code = document.createElement('code');
    code.textContent = tex;
    element.replaceChildren(code);
  }
}
