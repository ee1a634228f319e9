import type { AssistantMessage, GenerationId, GenerationStop } from '@streambed/protocol';
import type { LogBatch } from '../../../stream-log/stream-log.ts';
import type { AnswerEncoder } from '../../kit/dialect.ts';
import { sseEvent } from '../../kit/sse.ts';
import type { ToolName } from './called-tool.ts';
import { responseIdOf } from './item-ids.ts';
import type { ResponseEvent } from './output-types.ts';
import type { ResponseParams } from './params.ts';
import { ResponseEncoder, type ResponseForm } from './response-encoder.ts';
import { responseFrame } from './response-frame.ts';

/** Asks for `encrypted_content` on reasoning items. */
export const sealedThinking = 'reasoning.encrypted_content';

/** The form of a response: all that its encoder needs beside the generation's events. */
export function formOf(
  params: ResponseParams,
  tools: ReadonlyMap<string, ToolName>,
  { generation, startedAt }: { readonly generation: GenerationId; readonly startedAt: number },
): ResponseForm {
  return {
    frame: responseFrame(params, { id: responseIdOf(generation), startedAt }),
    startedAt,
    tools,
    sealed: params.include?.includes(sealedThinking) === true,
  };
}

/** Writes a response as Server-Sent Events, from the event after the number `after` on. Reads the log from its first event. */
export class ResponseAnswer implements AnswerEncoder {
  readonly numbered = true;
  readonly #form: ResponseForm;
  readonly #encoder: ResponseEncoder;
  readonly #after: number;

  constructor(form: ResponseForm, after = -1) {
    this.#form = form;
    this.#encoder = new ResponseEncoder(form);
    this.#after = after;
  }

  begin(): readonly string[] {
    return this.#write(this.#encoder.begin());
  }

  encode({ events }: LogBatch): readonly string[] {
    return this.#write(events.flatMap(({ event }) => this.#encoder.read(event)));
  }

  whole(message: AssistantMessage, stop: GenerationStop): object {
    return ResponseEncoder.whole(this.#form, message, stop);
  }

  #write(events: readonly ResponseEvent[]): readonly string[] {
    return events
      .filter(({ sequence_number }) => sequence_number > this.#after)
      .map((event) => sseEvent(event.type, JSON.stringify(event)));
  }
}
