export type { EmulatorCredentials } from './auth.ts';
export { runEmulatorCli } from './cli.ts';
export { type Emulator, type EmulatorOptions, startEmulator } from './emulator.ts';
export type { Engine, EnginePart } from './engine/engine.ts';
export { type OpenAiEngineOptions, openAiEngine } from './engine/openai-engine.ts';
export { type Doc, docSections } from './engine/search.ts';
export type { AwsErrorName, StreamExceptionName } from './errors.ts';
export type { EndedBy } from './exchange.ts';
export type { AskedFault, Fault } from './faults.ts';
export type { EmulatorGuardrail, GuardrailAction, PiiType } from './guardrails.ts';
export type { ReceivedRequest } from './ledger.ts';
export type { TlsOptions } from './listen.ts';
export type { ProfileTarget } from './model.ts';
export type { Pace, PaceOption } from './pace.ts';
export type { EmulatorLimits } from './quotas.ts';
export type { RecordOptions } from './replay/record.ts';
export type { ReplayOptions } from './replay/replay.ts';
export {
  callTool,
  failing,
  type Reply,
  type ReplyBlock,
  type Script,
  type ScriptRequest,
  say,
  think,
} from './script.ts';
export type { Json, JsonObject, Tool, Turn, TurnMessage } from './turn.ts';
