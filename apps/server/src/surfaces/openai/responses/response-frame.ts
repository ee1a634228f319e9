import type { ResponseFrame } from './output-types.ts';
import type { ResponseParams } from './params.ts';

/** What the request says of its response, with what OpenAI says where it says nothing. */
export function responseFrame(
  params: ResponseParams,
  { id, startedAt }: { readonly id: string; readonly startedAt: number },
): ResponseFrame {
  return {
    id,
    object: 'response',
    created_at: Math.floor(startedAt / 1000),
    model: params.model,
    background: params.background ?? false,
    instructions: params.instructions ?? null,
    max_output_tokens: params.max_output_tokens ?? null,
    max_tool_calls: params.max_tool_calls ?? null,
    metadata: params.metadata ?? {},
    parallel_tool_calls: params.parallel_tool_calls ?? true,
    previous_response_id: params.previous_response_id ?? null,
    prompt_cache_key: params.prompt_cache_key ?? null,
    reasoning: { effort: null, summary: null, ...params.reasoning },
    safety_identifier: params.safety_identifier ?? null,
    service_tier: params.service_tier ?? 'default',
    store: params.store ?? true,
    temperature: params.temperature ?? null,
    text: { format: { type: 'text' }, ...params.text },
    tool_choice: params.tool_choice ?? 'auto',
    tools: params.tools ?? [],
    top_logprobs: 0,
    top_p: params.top_p ?? null,
    truncation: 'disabled',
    ...(params.user && { user: params.user }),
    access_programs: null,
  };
}
