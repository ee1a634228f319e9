import type { ContentBlock, Message, SystemBlock } from '@streambed/protocol';

/** A conversation as its items are read, one after another. */
export class Turns {
  readonly system: SystemBlock[] = [];
  readonly #turns: { readonly role: 'user' | 'assistant'; content: ContentBlock[] }[] = [];

  /** What the developer says. Claude and most others know one system prompt, so it stands there, wherever it was said. */
  addSystem(blocks: readonly SystemBlock[]): void {
    this.system.push(...blocks);
  }

  /** What one speaker says goes on in the same turn. */
  add(role: 'user' | 'assistant', blocks: readonly ContentBlock[]): void {
    if (blocks.length === 0) return;
    const last = this.#turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else this.#turns.push({ role, content: [...blocks] });
  }

  /** Tool results stand first in their turn: Claude refuses them behind anything else. */
  get messages(): readonly Message[] {
    return this.#turns.map(({ role, content }) => {
      const results = content.filter(({ type }) => type === 'tool_result');
      if (results.length === 0 || results.length === content.length) return { role, content };
      return { role, content: [...results, ...content.filter(({ type }) => type !== 'tool_result')] };
    });
  }
}
