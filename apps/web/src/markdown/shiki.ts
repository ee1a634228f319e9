import { createCssVariablesTheme, createHighlighterCore, type HighlighterCore } from 'shiki/core';
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript';

/** Shiki with our own pigments (tokens.css, `--code-…`), so that both themes need one reading of the code. */
export function createShiki(): Promise<HighlighterCore> {
  return createHighlighterCore({
    themes: [createCssVariablesTheme({ name: 'streambed', variablePrefix: '--code-' })],
    langs: [],
    // Grammars that use what JavaScript's expressions can't say lose that rule, not their colour.
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  });
}
