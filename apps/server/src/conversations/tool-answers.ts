import { type GenerationId, StreambedError } from '@streambed/protocol';
import type { GenerationRecord, GenerationView } from '../stream-log/stream-log.ts';

/** Whose tool calls have been answered, as far as the log goes back. */
export class ToolAnswers {
  /** By the generation that called, the one that goes on from the results. */
  readonly #answers = new Map<GenerationId, GenerationId>();

  /** Throws `SB_TOOL_ALREADY_ANSWERED`, unless another answer is meant. */
  check({ answers, branch }: Pick<GenerationRecord, 'answers' | 'branch'>): void {
    if (answers === undefined || branch === true || !this.#answers.has(answers)) return;
    throw new StreambedError('SB_TOOL_ALREADY_ANSWERED', undefined, { field: 'parent' });
  }

  /** A generation has begun, or its log is gone. */
  tell({ record: { generation, answers }, expired }: GenerationView): void {
    if (expired) this.#answers.delete(generation);
    if (answers === undefined) return;
    const first = this.#answers.get(answers);
    if (expired && first === generation) this.#answers.delete(answers);
    else if (!expired && first === undefined) this.#answers.set(answers, generation);
  }
}
