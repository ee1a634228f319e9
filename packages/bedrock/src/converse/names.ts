import { createHash } from 'node:crypto';
import type { ContentBlock, DocumentBlock, MessagesRequest } from '@streambed/protocol';
import { isBlock } from '@streambed/protocol';

const toolName = /^[a-zA-Z0-9_-]{1,64}$/;
const toolId = /^[a-zA-Z0-9_.:-]{1,64}$/;
const maxDocumentName = 200;

/** A tool call's id as Converse takes it: one that it would refuse (another vendor's) is replaced, always by the same. */
export function toToolUseId(id: string): string {
  return toolId.test(id) ? id : legalised(id);
}

/** A name of at most 64 letters that every API takes: what is illegal becomes `_`, and a hash keeps names apart. */
export function legalised(name: string): string {
  const hash = createHash('sha256').update(name).digest('hex').slice(0, 10);
  return `${name.replaceAll(/[^a-zA-Z0-9_-]+/g, '_').slice(0, 53)}_${hash}`;
}

/**
 * Tool names on the way to Bedrock and back. A name that Converse would refuse (`files.read`, one of 65 characters)
 * is replaced by a legal one, and the caller gets its own name back when the model calls the tool. Made from the
 * request alone, so that the writer of a request and the reader of its answer agree without sharing anything.
 */
export class ToolNames {
  readonly #original = new Map<string, string>();

  constructor(request: MessagesRequest | undefined) {
    for (const tool of request?.tools ?? []) {
      const wire = this.toWire(tool.name);
      if (wire !== tool.name) this.#original.set(wire, tool.name);
    }
  }

  toWire(name: string): string {
    return toolName.test(name) ? name : legalised(name);
  }

  fromWire(name: string): string {
    return this.#original.get(name) ?? name;
  }
}

/**
 * Documents' names on the way to Bedrock and back. Converse wants one for each document, unique in the request, of
 * letters, digits, single spaces and `-()[]`; Messages has any title or none. Numbered in the request's own order.
 */
export class DocumentNames {
  readonly #names = new Map<ContentBlock, string>();
  readonly #titles = new Map<string, string>();

  constructor(request: Pick<MessagesRequest, 'messages'> | undefined) {
    for (const document of documentsOf(request)) {
      const name = this.#unique(legalDocumentName(document.title));
      this.#names.set(document, name);
      this.#titles.set(name, document.title ?? '');
    }
  }

  /** The name of a document of this request. */
  of(document: ContentBlock): string {
    return this.#names.get(document) ?? 'document';
  }

  /** The title that the caller gave the document of this name; `null` when it gave none. */
  titleOf(name: string): string | null {
    const title = this.#titles.get(name);
    return title === undefined ? name : title === '' ? null : title;
  }

  /** The name of a document of this title, for a citation on its way back. */
  ofTitle(title: string | null | undefined): string | undefined {
    for (const [name, original] of this.#titles) if (original === (title ?? '')) return name;
    return title ?? undefined;
  }

  #unique(name: string): string {
    let candidate = name;
    for (let count = 2; this.#titles.has(candidate); count += 1) {
      const number = ` (${count})`;
      candidate = `${name.slice(0, maxDocumentName - number.length).trimEnd()}${number}`;
    }
    return candidate;
  }
}

function legalDocumentName(title: string | null | undefined): string {
  // The model reads the name: an accent lost is better than a letter lost.
  const legal = (title ?? '')
    .normalize('NFKD')
    .replaceAll(/\p{M}+/gu, '')
    .replaceAll(/[^a-zA-Z0-9 ()[\]-]+/g, '-')
    .replaceAll(/ +/g, ' ')
    .slice(0, maxDocumentName)
    .trim();
  return /[a-zA-Z0-9]/.test(legal) ? legal : 'document';
}

function* documentsOf(request: Pick<MessagesRequest, 'messages'> | undefined): Generator<DocumentBlock> {
  for (const message of request?.messages ?? []) {
    if (typeof message.content !== 'string') yield* documentsIn(message.content);
  }
}

function* documentsIn(blocks: readonly ContentBlock[]): Generator<DocumentBlock> {
  for (const block of blocks) {
    if (isBlock(block, 'document')) yield block;
    if (isBlock(block, 'tool_result') && Array.isArray(block.content)) yield* documentsIn(block.content);
  }
}
