import type { Span } from '@streambed/event-stream';
import {
  type BurstKind,
  type ContentBlock,
  type Delta,
  type EventItem,
  encodeEvent,
  type StopInfo,
  StreambedError,
  type Usage,
} from '@streambed/protocol';
import type { Asked, FamilyModel, WireEnd, WireEvent, WireReader } from '../families/family.ts';
import { messageStart } from '../families/message-start.ts';
import { fromCitation } from './citations.ts';
import { readWhole } from './from-converse.ts';
import { DocumentNames, ToolNames } from './names.ts';
import { type Fields, isFields, reading, textOr, unionKey } from './read.ts';
import { stopBedrock, stopSequence } from './stop.ts';
import { TextReader } from './text-reader.ts';
import { toUsage } from './usage.ts';
import { type OpenBlock, wholeBlock } from './whole-block.ts';

const answer = reading('SB_UPSTREAM_UNEXPECTED', 'Converse answered in a way it does not');

/**
 * Reads an answer of ConverseStream, or a whole one of Converse, as Messages events. What it evens out: text and
 * thinking have no start event, indexes skip, empty blocks are sent, blocks may lack their stop, and the counts come
 * after the stop reason. So our block begins with the first thing it holds, our indexes have no gaps, and the last
 * word comes last.
 */
export class ConverseReader implements WireReader {
  readonly #asked: Asked;
  readonly #model: FamilyModel;
  readonly #tools: ToolNames;
  readonly #documents: DocumentNames;
  readonly #open = new Map<number, OpenBlock>();
  usage: Usage = {};
  #started = false;
  #next = 0;
  #stop: StopInfo | undefined;
  #metrics: Fields | undefined;
  #ended = false;
  readonly #texts = new TextReader();

  constructor(model: FamilyModel, asked: Asked) {
    this.#model = model;
    this.#asked = asked;
    this.#tools = new ToolNames(asked.request);
    this.#documents = new DocumentNames(asked.request);
  }

  readDelta(type: string, payload: Span, into: EventItem[]): boolean {
    return type === 'contentBlockDelta' && this.#texts.read(payload, into);
  }

  read(event: WireEvent, into: EventItem[]): void {
    this.#texts.flush(into);
    this.#texts.forget();
    this.readEvent(event.type, parse(event.payload), into);
  }

  flush(into: EventItem[]): void {
    this.#texts.flush(into);
  }

  /** One event of ConverseStream, parsed. */
  readEvent(type: string, payload: Fields, into: EventItem[]): void {
    switch (type) {
      case 'messageStart':
        this.#start(into);
        break;
      case 'contentBlockStart':
        this.#blockStart(payload, into);
        break;
      case 'contentBlockDelta':
        this.#blockDelta(payload, into);
        break;
      case 'contentBlockStop':
        this.#blockStop(blockIndex(payload), into);
        break;
      case 'messageStop':
        this.#messageStop(payload, into);
        break;
      case 'metadata':
        this.#metadata(payload, into);
        break;
      default:
      // An event that is newer than this says nothing we could pass on.
    }
  }

  readWhole(body: string, into: EventItem[]): void {
    readWhole(body, (type, payload) => this.readEvent(type, payload, into));
  }

  end(): WireEnd {
    // The counts are the stream's last event: without them it was cut, whatever the model had said.
    if (this.#stop === undefined || !this.#ended) throw new StreambedError('SB_UPSTREAM_CUT');
    const bedrock = this.#stop.bedrock;
    return {
      stop: this.#stop,
      usage: this.usage,
      ...(this.#metrics !== undefined && { metrics: this.#metrics }),
      ...(bedrock !== undefined && { bedrock }),
    };
  }

  #start(into: EventItem[]): void {
    if (this.#started) return;
    this.#started = true;
    into.push(messageStart(this.#asked, this.#model.id));
  }

  #blockStart(payload: Fields, into: EventItem[]): void {
    this.#start(into);
    const at = blockIndex(payload);
    const start = answer.fields(payload.start, 'start');
    const kind = unionKey(start) ?? answer.fail('start', 'a kind of block');
    this.#blockStop(at, into);
    const block: OpenBlock = {
      kind,
      start: answer.fields(start[kind], `start.${kind}`),
      pieces: [],
    };
    this.#open.set(at, block);
    if (kind === 'toolUse') this.#begin(block, this.#toolUse(block.start), into);
  }

  #toolUse(start: Fields): ContentBlock {
    const id = answer.text(start.toolUseId, 'start.toolUse.toolUseId');
    const name = answer.text(start.name, 'start.toolUse.name');
    return start.type === 'server_tool_use'
      ? { type: 'server_tool_use', id, name, input: {} }
      : { type: 'tool_use', id, name: this.#tools.fromWire(name), input: {} };
  }

  #blockDelta(payload: Fields, into: EventItem[]): void {
    this.#start(into);
    const at = blockIndex(payload);
    const delta = answer.fields(payload.delta, 'delta');
    const key = unionKey(delta);
    // Nothing in it is nothing said.
    if (key === undefined) return;
    const kind = blockKinds[key] ?? key;
    const block = this.#openBlock(at, kind, delta[key], into);
    switch (key) {
      case 'text':
        this.#text(block, answer.text(delta.text, 'delta.text'), into);
        this.#learn(at, block, 'text_delta');
        break;
      case 'citation':
        this.#citation(block, answer.fields(delta.citation, 'delta.citation'), into);
        break;
      case 'reasoningContent':
        this.#reasoning(block, answer.fields(delta.reasoningContent, 'delta.reasoningContent'), into);
        if (block.kind === kind) this.#learn(at, block, 'thinking_delta');
        break;
      case 'toolUse':
        this.#arguments(block, answer.fields(delta.toolUse, 'delta.toolUse'), into);
        this.#learn(at, block, 'input_json_delta');
        break;
      default:
        // What goes out whole: system tools' results, images, and kinds that are newer than this.
        block.pieces.push(delta[key]);
    }
  }

  /** More like this one is likely to follow: it is read without the parser. */
  #learn(at: number, { index }: OpenBlock, kind: BurstKind): void {
    if (index !== undefined) this.#texts.learn(at, { index, kind });
  }

  /** The block that a delta belongs to. Text and thinking begin with their first delta. */
  #openBlock(at: number, kind: string, value: unknown, into: EventItem[]): OpenBlock {
    const sealed = kind === 'reasoningContent' && isFields(value) && value.redactedContent !== undefined;
    const wanted = sealed ? 'redactedContent' : kind;
    const open = this.#open.get(at);
    if (open?.kind === wanted) return open;
    if (wanted === 'toolUse') return answer.fail('delta.toolUse', 'the start of the tool call before it');
    this.#blockStop(at, into);
    const block: OpenBlock = { kind: wanted, start: {}, pieces: [] };
    this.#open.set(at, block);
    return block;
  }

  #text(block: OpenBlock, text: string, into: EventItem[]): void {
    if (text === '') return;
    this.#delta(this.#begin(block, { type: 'text', text: '' }, into), { type: 'text_delta', text }, into);
  }

  #citation(block: OpenBlock, citation: Fields, into: EventItem[]): void {
    const index = this.#begin(block, { type: 'text', text: '' }, into);
    this.#delta(index, { type: 'citations_delta', citation: fromCitation(citation, this.#documents) }, into);
  }

  #reasoning(block: OpenBlock, { text, signature, redactedContent }: Fields, into: EventItem[]): void {
    if (redactedContent !== undefined) {
      block.pieces.push(answer.text(redactedContent, 'delta.reasoningContent.redactedContent'));
      return;
    }
    const thinking = textOr(text, '');
    const proof = textOr(signature, '');
    if (thinking === '' && proof === '') return;
    const index = this.#begin(
      block,
      { type: 'thinking', thinking: '', signature: '', bedrock: this.#origin() },
      into,
    );
    if (thinking !== '') this.#delta(index, { type: 'thinking_delta', thinking }, into);
    if (proof !== '') this.#delta(index, { type: 'signature_delta', signature: proof }, into);
  }

  #arguments(block: OpenBlock, { input }: Fields, into: EventItem[]): void {
    const piece = answer.text(input, 'delta.toolUse.input');
    if (piece === '' || block.index === undefined) return;
    this.#delta(block.index, { type: 'input_json_delta', partial_json: piece }, into);
  }

  /** Begins our block, once. Returns its index. */
  #begin(block: OpenBlock, content_block: ContentBlock, into: EventItem[]): number {
    if (block.index !== undefined) return block.index;
    const index = this.#next++;
    block.index = index;
    into.push(encodeEvent({ type: 'content_block_start', index, content_block }));
    return index;
  }

  #delta(index: number, delta: Delta, into: EventItem[]): void {
    into.push(encodeEvent({ type: 'content_block_delta', index, delta }));
  }

  #blockStop(at: number, into: EventItem[]): void {
    const block = this.#open.get(at);
    if (block === undefined) return;
    this.#open.delete(at);
    const whole = wholeBlock(block, this.#origin());
    if (whole !== undefined) this.#begin(block, whole, into);
    // A block in which nothing came was never begun, and ends as silently.
    if (block.index !== undefined) into.push(encodeEvent({ type: 'content_block_stop', index: block.index }));
  }

  #origin() {
    return { origin: { family: 'converse', model: this.#model.id } };
  }

  #messageStop(payload: Fields, into: EventItem[]): void {
    this.#start(into);
    for (const at of [...this.#open.keys()]) this.#blockStop(at, into);
    this.#stop = {
      // Converse's words are ours already; one that is newer than this passes as it came.
      stop_reason: answer.text(payload.stopReason, 'stopReason'),
      stop_sequence: stopSequence(payload.additionalModelResponseFields),
      bedrock: stopBedrock(payload),
    };
  }

  #metadata(payload: Fields, into: EventItem[]): void {
    if (this.#ended) return;
    const stop = this.#stop ?? answer.fail('', 'messageStop before metadata');
    this.usage = toUsage(payload.usage);
    if (isFields(payload.metrics)) this.#metrics = payload.metrics;
    const { bedrock: saidAtStop, ...rest } = stop;
    const bedrock = { ...saidAtStop, ...stopBedrock(payload) };
    this.#stop = Object.keys(bedrock).length === 0 ? rest : { ...rest, bedrock };
    this.#ended = true;
    into.push(
      encodeEvent({ type: 'message_delta', delta: this.#stop, usage: this.usage }),
      encodeEvent({ type: 'message_stop' }),
    );
  }
}

/** Which kind of block a kind of delta belongs to, where the two have different names. */
const blockKinds: Readonly<Record<string, string>> = { citation: 'text' };

function parse(payload: Uint8Array): Fields {
  const text = Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new StreambedError('SB_UPSTREAM_UNEXPECTED', undefined, { cause });
  }
  return answer.fields(value, '');
}

function blockIndex(payload: Fields): number {
  return answer.number(payload.contentBlockIndex, 'contentBlockIndex');
}
