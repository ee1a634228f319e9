import type { Bulk } from '@streambed/bedrock';
import { parseWith } from '@streambed/protocol';
import type { Owner } from '../../../generation/owner.ts';
import type { Asked } from '../../kit/dialect.ts';
import { refuse } from '../shared/refuse.ts';
import { type ResponseParams, responseParams } from './params.ts';
import { formOf, ResponseAnswer } from './response-answer.ts';
import type { ResponseHistory } from './response-history.ts';
import { toRequest } from './to-request.ts';

/** What `POST /responses` asks for. */
export interface AskedResponse {
  readonly params: ResponseParams;
  readonly asked: Asked;
  /** Whether it can be asked for again, and gone on from: OpenAI's default. */
  readonly stored: boolean;
}

/** Reads a body and what it goes on from. Throws what is wrong with it. */
export async function readBody(
  body: unknown,
  owner: Owner,
  history: ResponseHistory,
  bulk?: Bulk,
): Promise<AskedResponse> {
  const params = parseWith(responseParams, body);
  const stored = params.store ?? true;
  const background = params.background === true;
  if (background && !stored) refuse('store', 'expected true: what runs in the background is read later');
  const chain = await history.upTo(owner, params.previous_response_id);
  const find = await history.itemsOf(owner, [...chain.map((before) => before.params), params]);
  const told = toRequest(params, await history.turns(chain), find);
  const { request, tools, dropped, defaulted } = told;
  // What is kept and what is said of the request again holds no stand-ins.
  const shown = bulk === undefined ? params : bulk.restore({ ...params, input: [] });
  return {
    params: bulk !== undefined && stored ? bulk.restore(params) : params,
    stored,
    asked: {
      request,
      stream: params.stream === true,
      background,
      // Who says that it is to be stored, or comes back for it, means over a restart too.
      store: params.store === true || background ? 'resume' : 'none',
      dropped,
      defaulted,
      encoder: ({ generation, createdAt }) =>
        new ResponseAnswer(formOf(shown, tools, { generation, startedAt: createdAt })),
    },
  };
}
