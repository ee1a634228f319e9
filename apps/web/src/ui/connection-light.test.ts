import type { ConnectionState } from '@streambed/client';
import { expect, test } from 'vitest';
import { lightOf } from './connection-light.ts';

test('the light tells a line that is being mended from one that is down, and does not blink with each attempt', () => {
  const story: ConnectionState[] = [
    { state: 'connecting', failures: 0 },
    { state: 'connected', hello: {} as never, leaving: false, transport: 'websocket' },
    { state: 'offline', failures: 1, retryAt: 0 },
    { state: 'connecting', failures: 1 },
    { state: 'offline', failures: 2, retryAt: 0 },
    { state: 'connecting', failures: 2 },
    { state: 'connected', hello: {} as never, leaving: true, transport: 'websocket' },
    { state: 'closed' },
  ];
  expect(story.map(lightOf)).toEqual([
    'connecting',
    'online',
    'connecting',
    'connecting',
    'offline',
    'offline',
    'online',
    'offline',
  ]);
});
