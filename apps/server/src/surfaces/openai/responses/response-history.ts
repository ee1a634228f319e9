import { type ContentBlock, emptyMessage, StreambedError } from '@streambed/protocol';
import type { Owner } from '../../../generation/owner.ts';
import { readWhole } from '../../../stream-log/read-whole.ts';
import type { StreamLog } from '../../../stream-log/stream-log.ts';
import { readItemId, responseIdOf } from './item-ids.ts';
import type { ResponseParams } from './params.ts';
import type { FindItem, InputItem } from './read-items.ts';
import type { KeptAnswer, ResponseStore, StoredResponse } from './response-store.ts';
import type { EarlierTurn } from './to-request.ts';

/** So many responses may stand before one. */
const maxDepth = 2_000;

/** What went before a request: the responses that it goes on from, and the items that it only names. */
export class ResponseHistory {
  readonly #store: ResponseStore;
  readonly #log: StreamLog;

  constructor(store: ResponseStore, log: StreamLog) {
    this.#store = store;
    this.#log = log;
  }

  /** A response and all before it, the oldest first. Throws `SB_RESPONSE_GONE` where one is not kept any more. */
  async upTo(owner: Owner, previous: string | null | undefined): Promise<readonly StoredResponse[]> {
    const chain: StoredResponse[] = [];
    for (let id = previous; id; ) {
      const stored = await this.#store.get(owner, id);
      if (stored === undefined || chain.length === maxDepth) throw gone(id);
      chain.unshift(stored);
      id = stored.params.previous_response_id;
    }
    return chain;
  }

  /** The same as turns. Throws `SB_BAD_REQUEST` where one still runs, `SB_RESPONSE_GONE` where its answer is gone. */
  async turns(chain: readonly StoredResponse[]): Promise<readonly EarlierTurn[]> {
    const turns: EarlierTurn[] = [];
    for (const stored of chain) {
      const answer = await this.#answerOf(stored);
      const id = responseIdOf(stored.generation);
      if (answer === 'running') {
        const message = `previous_response_id: '${id}' is still being written. Wait for its end, or cancel it.`;
        throw new StreambedError('SB_BAD_REQUEST', message, { field: 'previous_response_id' });
      }
      if (answer === undefined) throw gone(id);
      turns.push({ params: stored.params, answer: goneOnFrom(answer) });
    }
    return turns;
  }

  /** Finds the items of earlier answers that requests name by their ids alone. */
  async itemsOf(owner: Owner, requests: readonly ResponseParams[]): Promise<FindItem> {
    const ids = new Set(
      requests.flatMap(({ input }) => (typeof input === 'object' ? referredTo(input) : [])),
    );
    const answers = new Map<string, readonly ContentBlock[]>();
    for (const id of ids) {
      const responseId = readItemId(id)?.responseId;
      if (responseId === undefined || answers.has(responseId)) continue;
      const stored = await this.#store.get(owner, responseId);
      const answer = stored && (await this.#answerOf(stored));
      if (answer !== undefined && answer !== 'running') answers.set(responseId, answer.message.content);
    }
    return (id) => {
      const named = readItemId(id);
      const blocks = named && answers.get(named.responseId);
      return blocks && itemAt(blocks, named.block);
    };
  }

  /** From the log, and from then on from beside its request. */
  async #answerOf(stored: StoredResponse): Promise<KeptAnswer | 'running' | undefined> {
    const { generation, owner, answer } = stored;
    if (answer !== undefined) return answer;
    const view = await this.#log.find(owner, { generation });
    if (view === undefined || view.expired) return undefined;
    if (view.stop === undefined) return 'running';
    const never = new AbortController().signal;
    const { message = emptyMessage, stop } = await readWhole(this.#log, generation, never);
    if (stop === undefined) return undefined;
    const kept = { message, stop };
    await this.#store.keepAnswer(generation, kept);
    return kept;
  }
}

function referredTo(items: readonly InputItem[]): readonly string[] {
  return items.flatMap(({ type, id, role, encrypted_content: sealed }) => {
    const refers =
      type === 'item_reference' || (type == null && role === undefined) || (type === 'reasoning' && !sealed);
    return refers && typeof id === 'string' ? [id] : [];
  });
}

/** What of an answer goes back to a model. Half a call is nothing that anyone could have answered. */
function goneOnFrom({ message, stop }: KeptAnswer): readonly ContentBlock[] {
  const whole = message.content.filter((block) => block?.partial_json === undefined);
  if (stop.state === 'completed') return whole;
  return whole.filter(({ type }) => type === 'text');
}

/** The blocks of the item that begins with that one: neighbouring text is one item. */
function itemAt(blocks: readonly ContentBlock[], start: number): readonly ContentBlock[] | undefined {
  const first = blocks[start];
  if (first === undefined || first.partial_json !== undefined) return undefined;
  if (first.type !== 'text') return [first];
  const after = blocks.findIndex(({ type }, index) => index > start && type !== 'text');
  return blocks.slice(start, after < 0 ? undefined : after);
}

function gone(id: string): StreambedError {
  const message = `Previous response with id '${id}' not found: a response is kept for STREAMBED_RESUME_SECONDS after it was last used, and one that was asked with store: false is not kept. Send the whole conversation in input.`;
  return new StreambedError('SB_RESPONSE_GONE', message, { field: 'previous_response_id' });
}
