import type { ActivityList, Client, ErrorInfo } from '@streambed/client';

let asked = 0;

/**
 * Asks the server to stop a generation. Gives back why it can't be: what the server said, or `offline` where nobody can
 * tell. What was stopped shows by itself.
 */
export function askToStop(
  { connection }: Pick<Client, 'connection'>,
  generation: ReturnType<ActivityList['get']>[number]['generation'],
): Promise<ErrorInfo | 'offline' | undefined> {
  asked += 1;
  const ref = `stop-${asked}`;
  const { promise, resolve } = Promise.withResolvers<ErrorInfo | 'offline' | undefined>();
  const leave = [
    connection.onFrame((frame) => {
      if (frame.type === 'ok' && frame.ref === ref) resolve(undefined);
      else if (frame.type === 'error' && frame.ref === ref) resolve(frame.error);
    }),
    connection.state.subscribe(() => {
      if (connection.state.get().state !== 'connected') resolve('offline');
    }),
  ];
  if (connection.send({ type: 'cancel', ref, generation }) !== 'sent') resolve('offline');
  return promise.finally(() => {
    for (const stop of leave) stop();
  });
}
