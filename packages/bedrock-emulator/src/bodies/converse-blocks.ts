import { validationError } from '../errors.ts';
import type { JsonObject, TurnMessage } from '../turn.ts';
import { type Place, structure, union, wrongFormat } from './constraints.ts';
import { readAudio, readDocument, readImage, readVideo, unsupported } from './converse-media.ts';
import {
  type BlockReader,
  type CacheMark,
  type Reasoning,
  readCachePoint,
  readCitations,
  readGuarded,
  readReasoning,
  readSearchResult,
  readText,
} from './converse-parts.ts';
import { isFields } from './problems.ts';

/** A message with what the rules between messages look at beside what the engine reads. */
export interface ConverseMessage extends TurnMessage {
  readonly role: 'user' | 'assistant';
  readonly kinds: readonly string[];
  /** Of tool results: the ids, in order, with their places. */
  readonly resultPlaces: readonly number[];
  readonly reasoning: readonly Reasoning[];
  /** Each block in order: what the prompt cache compares. */
  readonly blocks: readonly (CacheMark | { readonly text: string })[];
}

const contentKeys = [
  'text',
  'image',
  'document',
  'video',
  'audio',
  'toolUse',
  'toolResult',
  'guardContent',
  'cachePoint',
  'reasoningContent',
  'citationsContent',
  'searchResult',
] as const;

const idPattern = '[a-zA-Z0-9_.:-]+';
export const namePattern = '[a-zA-Z0-9_-]+';

export function readMessages(value: unknown, reader: BlockReader): readonly ConverseMessage[] {
  const { constraints } = reader;
  if (value === undefined || value === null) constraints.broken(['messages'], 'not be null');
  return constraints.list(['messages'], value).map((item, nth) => {
    const place = ['messages', nth];
    const message = structure(place, item, ['role', 'content']) ?? {};
    const role = constraints.oneOf([...place, 'role'], message.role, ['user', 'assistant']) ?? 'user';
    if (message.content === undefined) constraints.broken([...place, 'content'], 'not be null');
    const content = constraints.list([...place, 'content'], message.content);
    return new MessageReader(place, role, reader).read(content);
  });
}

class MessageReader {
  readonly #place: Place;
  readonly #role: 'user' | 'assistant';
  readonly #reader: BlockReader;
  readonly #texts: string[] = [];
  readonly #toolUses: TurnMessage['toolUses'][number][] = [];
  readonly #toolResults: TurnMessage['toolResults'][number][] = [];
  readonly #attachments: string[] = [];
  readonly #reasoning: Reasoning[] = [];
  readonly #serverCalls = new Set<string>();

  constructor(place: Place, role: 'user' | 'assistant', reader: BlockReader) {
    this.#place = place;
    this.#role = role;
    this.#reader = reader;
  }

  read(content: readonly unknown[]): ConverseMessage {
    const kinds: string[] = [];
    const blocks: (CacheMark | { readonly text: string })[] = [];
    const resultPlaces: number[] = [];
    for (const [nth, item] of content.entries()) {
      const place = [...this.#place, 'content', nth];
      const [kind, value] = union(place, item, 'ContentBlock', contentKeys);
      const before = this.#toolResults.length;
      const mark = this.#block(kind, [...place, kind], value, nth);
      if (this.#toolResults.length > before) resultPlaces.push(nth);
      kinds.push(kind);
      blocks.push(mark ?? { text: JSON.stringify(item) });
    }
    return {
      role: this.#role,
      text: this.#texts.join('\n'),
      toolUses: this.#toolUses,
      toolResults: this.#toolResults,
      attachments: this.#attachments,
      kinds,
      resultPlaces,
      reasoning: this.#reasoning,
      blocks,
    };
  }

  #block(kind: string, place: Place, value: unknown, nth: number): CacheMark | undefined {
    const role = this.#role;
    switch (kind) {
      case 'text':
        this.#texts.push(readText(place, value, this.#reader));
        return;
      case 'image':
        if (role === 'assistant') throw unsupported('image', role);
        this.#attachments.push(readImage(place, value, this.#reader));
        return;
      case 'document':
        if (role === 'assistant') throw unsupported('document', role);
        this.#attachments.push(readDocument(place, value, this.#reader, false));
        return;
      case 'video':
        if (role === 'assistant') throw unsupported('video', role);
        this.#attachments.push(readVideo(place, value, this.#reader));
        return;
      case 'audio':
        if (role === 'assistant') throw unsupported('audio', role);
        this.#attachments.push(readAudio(place, value, this.#reader));
        return;
      case 'toolUse':
        this.#toolUse(place, value);
        return;
      case 'toolResult':
        this.#toolResult(place, value);
        return;
      case 'guardContent':
        this.#texts.push(readGuarded(place, value, this.#reader));
        return;
      case 'cachePoint':
        return readCachePoint(place, value, this.#reader);
      case 'reasoningContent':
        this.#reasoning.push(readReasoning(place, value, nth, role, this.#reader));
        return;
      case 'citationsContent':
        this.#texts.push(readCitations(place, value, this.#reader));
        return;
      default:
        this.#texts.push(readSearchResult(place, value, this.#reader));
        return;
    }
  }

  #toolUse(place: Place, value: unknown): void {
    const { constraints } = this.#reader;
    const use = structure(place, value, ['toolUseId', 'name', 'input', 'type']) ?? {};
    const id = constraints.text([...place, 'toolUseId'], use.toolUseId, {
      min: 1,
      max: 64,
      pattern: idPattern,
    });
    const name = constraints.text([...place, 'name'], use.name, { min: 1, max: 64, pattern: namePattern });
    if (use.type !== undefined)
      constraints.oneOf([...place, 'type'], use.type, ['server_tool_use', 'tool_use']);
    if (this.#role === 'user') throw unsupported('toolUse', 'user');
    if (use.input === undefined) constraints.broken([...place, 'input'], 'not be null');
    else if (!isFields(use.input)) throw wrongFormat([...place, 'input'], 'object');
    if (use.type === 'server_tool_use') {
      this.#serverCalls.add(id ?? '');
      return;
    }
    this.#toolUses.push({ id: id ?? '', name: name ?? '', input: (use.input ?? {}) as JsonObject });
  }

  #toolResult(place: Place, value: unknown): void {
    const { constraints, dialect } = this.#reader;
    const result = structure(place, value, ['toolUseId', 'content', 'status', 'type']) ?? {};
    const id = constraints.text([...place, 'toolUseId'], result.toolUseId, {
      min: 1,
      max: 64,
      pattern: idPattern,
    });
    if (result.status !== undefined && result.status !== null) {
      constraints.oneOf([...place, 'status'], result.status, ['success', 'error']);
      // AWS documents the field for Claude 3 and Nova; of the others only this one is known to refuse it.
      if (dialect.kind === 'palmyra')
        throw validationError("This model doesn't support the status field. Remove status and try again.");
    }
    if (result.content === undefined) constraints.broken([...place, 'content'], 'not be null');
    const content = constraints.list([...place, 'content'], result.content);
    if (content.length === 0 && result.status === 'error')
      throw validationError(
        `The content field at ${place.join('.')} cannot be empty when status value is error.`,
      );
    const text = content.map((item, nth) => this.#resultBlock([...place, 'content', nth], item)).join('\n');
    if (this.#serverCalls.has(id ?? '')) return;
    if (this.#role === 'assistant') throw unsupported('toolResult', 'assistant');
    this.#toolResults.push({ id: id ?? '', text, isError: result.status === 'error' });
  }

  #resultBlock(place: Place, item: unknown): string {
    const [kind, value] = union(place, item, 'ToolResultContentBlock', [
      'json',
      'text',
      'image',
      'document',
      'video',
      'searchResult',
    ]);
    const at = [...place, kind];
    switch (kind) {
      case 'json':
        // AWS trips over a key of its own protocol too (reported).
        if (!isFields(value) || hasTypeKey(value)) throw wrongFormat(at, 'object');
        return JSON.stringify(value);
      case 'text':
        return this.#reader.constraints.text(at, value) ?? '';
      case 'image':
        this.#attachments.push(readImage(at, value, this.#reader));
        return '';
      case 'document':
        this.#attachments.push(readDocument(at, value, this.#reader, true));
        return '';
      case 'video':
        this.#attachments.push(readVideo(at, value, this.#reader));
        return '';
      default:
        return readSearchResult(at, value, this.#reader);
    }
  }
}

function hasTypeKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasTypeKey);
  if (!isFields(value)) return false;
  return Object.hasOwn(value, '__type') || Object.values(value).some(hasTypeKey);
}
