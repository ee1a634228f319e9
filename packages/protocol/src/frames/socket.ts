/** The WebSocket subprotocol. */
export const subprotocol = 'streambed.v1';

/** A text frame on the socket is at most 1 MiB. */
export const maxFrameBytes = 1024 * 1024;

/** Why a socket is closed by the server. */
export const closeCode = {
  leaving: 1001,
  fault: 1011,
  notAuthenticated: 4001,
  malformed: 4002,
  tooSlow: 4008,
  silent: 4010,
} as const;
