import { validationError } from '../errors.ts';
import { type Place, structure, union } from './constraints.ts';
import { type MediaReader, readImage, unsupported } from './converse-media.ts';
import type { Fields } from './problems.ts';

/** One place where the prompt cache may end: everything before it. */
export interface CacheMark {
  readonly ttl: '5m' | '1h';
  readonly place: Place;
}

/** What reading collects over all messages. */
export interface BlockReader extends MediaReader {
  readonly marks: CacheMark[];
  /** Texts that only a guardrail tells from others. */
  readonly guarded: string[];
}

export type Reasoning =
  | { readonly place: number; readonly text: string; readonly signature: string | undefined }
  | { readonly place: number; readonly redacted: string };

/** A text block of a message or of the system prompt. */
export function readText(place: Place, value: unknown, { constraints }: MediaReader): string {
  const text = constraints.text(place, value) ?? '';
  if (text.trim() === '' && value !== undefined)
    throw validationError(
      `The text field in the ContentBlock object at ${place.slice(0, -1).join('.')} is blank. Add text to the text field, and try again.`,
    );
  return text;
}

/** What a guardrail looks at; to the model it is text. */
export function readGuarded(place: Place, value: unknown, reader: BlockReader): string {
  const [kind, guarded] = union(place, value, 'GuardrailConverseContentBlock', ['text', 'image']);
  if (kind === 'image') {
    readImage([...place, kind], guarded, reader);
    return '';
  }
  const text = structure([...place, kind], guarded, ['text', 'qualifiers']) ?? {};
  for (const [nth, qualifier] of reader.constraints
    .list([...place, kind, 'qualifiers'], text.qualifiers)
    .entries())
    reader.constraints.oneOf([...place, kind, 'qualifiers', nth], qualifier, [
      'grounding_source',
      'query',
      'guard_content',
    ]);
  const said = reader.constraints.text([...place, kind, 'text'], text.text) ?? '';
  reader.guarded.push(said);
  return said;
}

export function readCachePoint(place: Place, value: unknown, reader: BlockReader): CacheMark {
  const point = structure(place, value, ['type', 'ttl']) ?? {};
  reader.constraints.oneOf([...place, 'type'], point.type, ['default']);
  const ttl =
    point.ttl === undefined || point.ttl === null
      ? '5m'
      : (reader.constraints.oneOf([...place, 'ttl'], point.ttl, ['5m', '1h']) ?? '5m');
  const mark = { ttl, place };
  reader.marks.push(mark);
  return mark;
}

export function readReasoning(
  place: Place,
  value: unknown,
  nth: number,
  role: 'user' | 'assistant',
  { constraints }: MediaReader,
): Reasoning {
  if (role === 'user') throw unsupported('reasoningContent', role);
  const [kind, content] = union(place, value, 'ReasoningContentBlock', ['reasoningText', 'redactedContent']);
  if (kind === 'redactedContent')
    return { place: nth, redacted: constraints.text([...place, kind], content) ?? '' };
  const text = structure([...place, kind], content, ['text', 'signature']) ?? {};
  return {
    place: nth,
    text: constraints.text([...place, kind, 'text'], text.text) ?? '',
    signature: constraints.text([...place, kind, 'signature'], text.signature, { optional: true }),
  };
}

export function readCitations(place: Place, value: unknown, { constraints }: MediaReader): string {
  const content = structure(place, value, ['content', 'citations']) ?? {};
  for (const [nth, citation] of constraints.list([...place, 'citations'], content.citations).entries())
    structure([...place, 'citations', nth], citation, ['title', 'source', 'sourceContent', 'location']);
  const texts = constraints.list([...place, 'content'], content.content).map((piece, nth) => {
    const [, text] = union([...place, 'content', nth], piece, 'CitationGeneratedContent', ['text']);
    return constraints.text([...place, 'content', nth, 'text'], text) ?? '';
  });
  return texts.join('');
}

export function readSearchResult(place: Place, value: unknown, { constraints }: MediaReader): string {
  const result = structure(place, value, ['source', 'title', 'content', 'citations']) ?? {};
  constraints.text([...place, 'source'], result.source);
  constraints.text([...place, 'title'], result.title);
  const texts = constraints.list([...place, 'content'], result.content, 1).map((piece, nth) => {
    const block: Fields = structure([...place, 'content', nth], piece, ['text']) ?? {};
    return constraints.text([...place, 'content', nth, 'text'], block.text) ?? '';
  });
  return texts.join('\n');
}
