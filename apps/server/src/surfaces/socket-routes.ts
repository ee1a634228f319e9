import { closeCode, subprotocol } from '@streambed/protocol/frames';
import { Presence, type PresenceOptions } from '../access/presence.ts';
import { Session, type SessionOptions } from '../session/session.ts';
import type { SocketRoute } from '../socket/upgrade.ts';
import { ModelSocket } from './ws-model.ts';

/** What both kinds of sockets are made with. */
export interface SocketRoutesOptions
  extends Omit<SessionOptions, 'presence'>,
    Pick<PresenceOptions, 'access' | 'times'> {
  /** Told of a fault that nobody foresaw, and on which socket. */
  readonly onThrown: (thrown: unknown, socket: string) => void;
}

/** The paths that are WebSockets: the realtime protocol at `/ws`, the tutorial's at `/ws/model`. */
export function socketRoutes({
  access,
  times,
  ...session
}: SocketRoutesOptions): Readonly<Record<string, SocketRoute>> {
  const presenceOptions = { access, ...(times !== undefined && { times }) };
  return {
    '/ws': {
      surface: 'streambed',
      mayAuthenticateLater: true,
      protocol: subprotocol,
      attend: (connection, { identified, checkShare }) => {
        const presence = new Presence({
          ...presenceOptions,
          surface: 'streambed',
          identified,
          closed: connection.closed,
          onIdentified: checkShare,
          onExpiring: (expiresAt) => attendant.expiring(expiresAt),
          onEnd: (error) => attendant.notAuthenticated(error),
        });
        const attendant = new Session(connection, { ...session, presence });
        return attendant;
      },
    },
    '/ws/model': {
      surface: 'model-socket',
      tokenInUrl: true,
      attend: (connection, { query, identified }) => {
        const presence = new Presence({
          ...presenceOptions,
          surface: 'model-socket',
          identified,
          closed: connection.closed,
          onEnd: ({ code }) => connection.close(closeCode.notAuthenticated, code),
        });
        const { registry, onThrown } = session;
        return new ModelSocket(connection, { registry, presence, query, onThrown });
      },
    },
  };
}
