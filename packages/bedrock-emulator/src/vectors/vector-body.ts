import type { ModelFacts } from '@streambed/model-facts';

/** What an embedding or reranking model answers. */
export interface VectorAnswer {
  readonly json: unknown;
  /** Absent: the answer has no header for it (rerank). */
  readonly inputTokens?: number;
}

/** How one kind of model that gives numbers is asked and answers. */
export type VectorBody = (body: unknown, model: ModelFacts, requestId: string) => VectorAnswer;
