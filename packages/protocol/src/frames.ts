export type {
  ActivityChanged,
  ActivityItem,
  ChangedFrame,
  ConversationChanged,
  ConversationsChanged,
  GenerationItem,
  GenerationsChanged,
  PresetsChanged,
} from './frames/changed-frames.ts';
export type {
  AttachFrame,
  AuthFrame,
  CancelFrame,
  ClientFrame,
  DetachFrame,
  GenerateFrame,
  PongFrame,
  UnwatchFrame,
  WatchFrame,
} from './frames/client-frames.ts';
export { type EventFrame, eventFrameParts, printEventFrame } from './frames/event-frame.ts';
export {
  type GenerationOrder,
  generationOrderSchema,
  parseGenerationOrder,
} from './frames/generation-order.ts';
export type { GenerationState } from './frames/generation-state.ts';
export { parseClientFrame } from './frames/parse-client-frame.ts';
export type {
  AcceptedFrame,
  AttachedFrame,
  AuthRequiredFrame,
  ErrorFrame,
  GoawayFrame,
  HelloFrame,
  OkFrame,
  PingFrame,
  RejectedFrame,
  ServerFrame,
} from './frames/server-frames.ts';
export { closeCode, maxFrameBytes, subprotocol } from './frames/socket.ts';
