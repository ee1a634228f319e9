import type { GrammarState, HighlighterCore } from 'shiki/core';
import { loadGrammar } from './grammars.ts';
import type { Line } from './highlighter-messages.ts';
import { type Language, languageOf } from './languages.ts';

/** Colours code as it grows: lines that were complete at the last call are not read again. */
export type Highlighter = (code: string) => readonly Line[];

/** Past these, colour costs more than it tells. */
const longestCode = 200_000;
const longestLine = 2_000;
/**
 * For one line. Shiki's own half second is too short for the very first line on a slow machine, which compiles the
 * grammar: it would give up in the middle, and a comment opened there would colour all that follows.
 */
const patienceMs = 5_000;

/** Makes a highlighter for what stands behind a fence; rejects where we have no such grammar. */
export async function loadHighlighter(word: string): Promise<Highlighter> {
  const language = languageOf(word);
  if (language === undefined) throw new Error(`no grammar for ${word}`);
  const shiki = await loadShiki();
  await once(language, async () => shiki.loadLanguage(...(await loadGrammar(language)).default));
  return growingHighlighter(shiki, language);
}

function loadShiki(): Promise<HighlighterCore> {
  return once('shiki', async () => (await import('./shiki.ts')).createShiki());
}

const loaded = new Map<string, Promise<unknown>>();

/** Loads a thing once; where that failed, the next one who needs it tries again. */
function once<T>(name: string, load: () => Promise<T>): Promise<T> {
  const known = loaded.get(name);
  if (known !== undefined) return known as Promise<T>;
  const loading = load();
  loaded.set(name, loading);
  loading.catch(() => loaded.delete(name));
  return loading;
}

function growingHighlighter(shiki: HighlighterCore, lang: Language): Highlighter {
  let done = '';
  let lines: readonly Line[] = [];
  let state: GrammarState | undefined;

  const read = (code: string) => {
    const result = shiki.codeToTokens(code, {
      lang,
      theme: 'streambed',
      tokenizeTimeLimit: patienceMs,
      tokenizeMaxLineLength: longestLine,
      ...(state && { grammarState: state }),
    });
    const read = result.tokens.map((line) => line.map(({ content, color }) => ({ text: content, color })));
    return { lines: read, state: result.grammarState };
  };
  return (code) => {
    if (code.length > longestCode) return code.split('\n').map((text) => [{ text, color: undefined }]);
    if (!code.startsWith(done)) {
      done = '';
      lines = [];
      state = undefined;
    }
    const end = code.lastIndexOf('\n') + 1;
    if (end > done.length) {
      const added = read(code.slice(done.length, end - 1));
      lines = [...lines, ...added.lines];
      state = added.state;
      done = code.slice(0, end);
    }
    return [...lines, ...read(code.slice(end)).lines];
  };
}
