/** A header's value. The integers are signed: `byte` 8 bits, `short` 16, `integer` 32, `long` 64. */
export type HeaderValue =
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'byte' | 'short' | 'integer'; readonly value: number }
  | { readonly type: 'long'; readonly value: bigint }
  | { readonly type: 'binary'; readonly value: Uint8Array }
  | { readonly type: 'string'; readonly value: string }
  /** Milliseconds of precision. */
  | { readonly type: 'timestamp'; readonly value: Date }
  /** Lower-case hex, 8-4-4-4-12. */
  | { readonly type: 'uuid'; readonly value: string };

/** Headers by name, in the order of the wire. Decoded ones have no prototype: any name is only a name. */
export type MessageHeaders = Readonly<Record<string, HeaderValue>>;

/** One message of `application/vnd.amazon.eventstream`. */
export interface EventStreamMessage {
  readonly headers: MessageHeaders;
  readonly body: Uint8Array;
}
