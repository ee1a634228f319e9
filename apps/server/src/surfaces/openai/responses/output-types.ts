/**
 * What the Responses API answers with, as far as this server says it; the shapes of `openai` 7.57, which a test holds
 * these to.
 */

import type { OpenAiError } from '../shared/errors.ts';

export type ItemStatus = 'in_progress' | 'completed' | 'incomplete';

export type Annotation =
  | {
      readonly type: 'url_citation';
      readonly url: string;
      readonly title: string;
      readonly start_index: number;
      readonly end_index: number;
    }
  | {
      readonly type: 'file_citation';
      readonly file_id: string;
      readonly filename: string;
      readonly index: number;
    };

export interface OutputText {
  readonly type: 'output_text';
  readonly text: string;
  readonly annotations: Annotation[];
  readonly logprobs: [];
}

export interface MessageItem {
  readonly type: 'message';
  readonly id: string;
  readonly role: 'assistant';
  readonly status: ItemStatus;
  readonly content: OutputText[];
}

export interface SummaryText {
  readonly type: 'summary_text';
  readonly text: string;
}

export interface ReasoningItem {
  readonly type: 'reasoning';
  readonly id: string;
  readonly status: ItemStatus;
  readonly summary: SummaryText[];
  /** Only where the request includes it. */
  readonly encrypted_content?: string | null;
}

export interface FunctionCallItem {
  readonly type: 'function_call';
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  readonly namespace?: string;
  readonly arguments: string;
  readonly status: ItemStatus;
}

export interface CustomToolCallItem {
  readonly type: 'custom_tool_call';
  readonly id: string;
  readonly call_id: string;
  readonly name: string;
  readonly namespace?: string;
  readonly input: string;
  readonly status: ItemStatus;
}

/** A command for a shell at the caller's. */
export interface LocalShellCallItem {
  readonly type: 'local_shell_call';
  readonly id: string;
  readonly call_id: string;
  readonly action: {
    readonly type: 'exec';
    readonly command: string[];
    readonly env: Record<string, string>;
    readonly timeout_ms?: number | null;
    readonly user?: string | null;
    readonly working_directory?: string | null;
  };
  readonly status: ItemStatus;
}

export type CallItem = FunctionCallItem | CustomToolCallItem | LocalShellCallItem;

export type OutputItem = MessageItem | ReasoningItem | CallItem;

export interface ResponseUsage {
  readonly input_tokens: number;
  readonly input_tokens_details: { readonly cached_tokens: number; readonly cache_write_tokens: number };
  readonly output_tokens: number;
  readonly output_tokens_details: { readonly reasoning_tokens: number };
  readonly total_tokens: number;
}

/** What of a response the request decides: the same in every event of its stream. */
export interface ResponseFrame {
  readonly id: string;
  readonly object: 'response';
  /** Seconds since 1970. */
  readonly created_at: number;
  readonly model: string;
  readonly [echoed: string]: unknown;
}

export interface ResponseObject extends ResponseFrame {
  readonly status: 'completed' | 'failed' | 'in_progress' | 'cancelled' | 'queued' | 'incomplete';
  readonly completed_at: number | null;
  readonly error: OpenAiError | null;
  /** `max_output_tokens`, `content_filter`; `cancelled` is ours. */
  readonly incomplete_details: { readonly reason: string } | null;
  readonly output: readonly OutputItem[];
  readonly usage: ResponseUsage | null;
}

interface OfItem {
  readonly item_id: string;
  readonly output_index: number;
}

type TextPlace = OfItem & { readonly content_index: number };
type SummaryPlace = OfItem & { readonly summary_index: number };

/** An event of the stream, before it has its number. */
export type ResponseStep =
  | {
      readonly type:
        | 'response.created'
        | 'response.in_progress'
        | 'response.completed'
        | 'response.incomplete'
        | 'response.failed';
      readonly response: ResponseObject;
    }
  | {
      readonly type: 'response.output_item.added' | 'response.output_item.done';
      readonly output_index: number;
      readonly item: OutputItem;
    }
  | (TextPlace & {
      readonly type: 'response.content_part.added' | 'response.content_part.done';
      readonly part: OutputText;
    })
  | (TextPlace & {
      readonly type: 'response.output_text.delta';
      readonly delta: string;
      readonly logprobs: [];
    })
  | (TextPlace & { readonly type: 'response.output_text.done'; readonly text: string; readonly logprobs: [] })
  | (TextPlace & {
      readonly type: 'response.output_text.annotation.added';
      readonly annotation: Annotation;
      readonly annotation_index: number;
    })
  | (SummaryPlace & {
      readonly type: 'response.reasoning_summary_part.added' | 'response.reasoning_summary_part.done';
      readonly part: SummaryText;
    })
  | (SummaryPlace & { readonly type: 'response.reasoning_summary_text.delta'; readonly delta: string })
  | (SummaryPlace & { readonly type: 'response.reasoning_summary_text.done'; readonly text: string })
  | (OfItem & { readonly type: 'response.function_call_arguments.delta'; readonly delta: string })
  | (OfItem & {
      readonly type: 'response.function_call_arguments.done';
      readonly name: string;
      readonly arguments: string;
    })
  | (OfItem & { readonly type: 'response.custom_tool_call_input.delta'; readonly delta: string })
  | (OfItem & { readonly type: 'response.custom_tool_call_input.done'; readonly input: string })
  | {
      readonly type: 'error';
      readonly code: string | null;
      readonly message: string;
      readonly param: string | null;
      /** The same once more, where older clients look for it. */
      readonly error: OpenAiError;
    };

/** An event of the stream. Numbers start at 0; an event has the same number whenever it is read. */
export type ResponseEvent = ResponseStep & { readonly sequence_number: number };
