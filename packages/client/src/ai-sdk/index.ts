export { type NameStorage, StreambedChatTransport, type StreambedChatTransportOptions } from './transport.ts';
