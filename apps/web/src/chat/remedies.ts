import type { ErrorCode } from '@streambed/client';

/** What one button under a failed answer can do. */
export interface Remedies {
  /** The model that would be asked now. */
  readonly model: string;
  tryAgain(): void;
  chooseModel(): void;
  startOver(): void;
}

export type Remedy = 'tryAgain' | 'chooseModel' | 'startOver';

const modelCodes: ReadonlySet<ErrorCode> = new Set([
  'SB_UNKNOWN_MODEL',
  'SB_MODEL_MISSING',
  'SB_MODEL_NOT_FOUND',
  'SB_MODEL_ACCESS',
  'SB_MODEL_RETIRED',
  'SB_PROFILE_REQUIRED',
  'SB_UNSUPPORTED',
]);
const lengthCodes: ReadonlySet<ErrorCode> = new Set(['SB_CONTEXT_TOO_LONG', 'SB_TOO_LARGE']);

/** The one thing to do about an error. Where the model was at fault and another is chosen already: try that. */
export function remedyFor(code: ErrorCode | undefined, asked: string, chosen: string): Remedy {
  if (code !== undefined && modelCodes.has(code) && asked === chosen) return 'chooseModel';
  if (code !== undefined && lengthCodes.has(code)) return 'startOver';
  return 'tryAgain';
}
