/// <reference lib="webworker" />
import { type Highlighter, loadHighlighter } from './highlighter.ts';
import type { HighlightReply, HighlightRequest, Line } from './highlighter-messages.ts';

/** Colours code beside the page: compiling a big grammar takes longer than the page may stand still. */

interface Block {
  readonly highlighter: Promise<Highlighter>;
  code: string;
  sent: readonly Line[];
}

declare const self: DedicatedWorkerGlobalScope;

const blocks = new Map<number, Block>();
const reply = (message: HighlightReply) => self.postMessage(message);

self.onmessage = async ({ data: { id, language, from, text } }: MessageEvent<HighlightRequest>) => {
  if (text === undefined) {
    blocks.delete(id);
    return;
  }
  const block = blocks.get(id) ?? { highlighter: loadHighlighter(language), code: '', sent: [] };
  blocks.set(id, block);
  block.code = block.code.slice(0, from) + text;
  try {
    const lines = (await block.highlighter)(block.code);
    let same = 0;
    while (same < lines.length && lines[same] === block.sent[same]) same += 1;
    block.sent = lines;
    reply({ id, from: same, lines: lines.slice(same) });
  } catch {
    blocks.delete(id);
    reply({ id, from: 0, lines: undefined });
  }
};
