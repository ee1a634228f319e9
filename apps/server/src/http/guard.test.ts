import { expect, test } from 'vitest';
import { Guard } from './guard.ts';

const loopback = new Guard({ insecure: false, host: '127.0.0.1', publicUrl: undefined, allowedOrigins: [] });

function check(guard: Guard, headers: Record<string, string>, method = 'GET', path = '/streambed/v1/models') {
  const { allowOrigin } = guard.check({ method, path, headers: { host: '127.0.0.1:8080', ...headers } });
  return { allowOrigin };
}

test.each(['127.0.0.1:8080', '127.3.2.1', 'localhost:8080', 'LOCALHOST', '[::1]:8080'])(
  'a program on this machine that asks %s passes',
  (host) => {
    expect(check(loopback, { host })).toEqual({ allowOrigin: undefined });
  },
);

test.each([
  'evil.example:8080',
  '127.0.0.1.evil.example',
  'localhost.evil.example',
  '192.168.1.5:8080',
  '0.0.0.0:8080',
  '127.0.0.1@evil.example',
  '',
])('a rebound DNS name or foreign Host %s is refused', (host) => {
  expect(() => check(loopback, { host })).toThrow(expect.objectContaining({ code: 'SB_HOST_REFUSED' }));
});

test.each([
  ['127.0.0.1:8080', 'http://127.0.0.1:8080'],
  ['localhost:8080', 'http://127.0.0.1:8080'],
  ['127.0.0.1:8080', 'http://localhost:8080'],
  ['[::1]:8080', 'http://[::1]:8080'],
  ['localhost', 'http://localhost'],
])('our own page passes: Host %s, Origin %s', (host, origin) => {
  expect(check(loopback, { host, origin, 'sec-fetch-site': 'same-origin' })).toEqual({
    allowOrigin: undefined,
  });
});

test.each([
  'https://evil.example',
  'http://localhost:3000',
  'http://127.0.0.1',
  'null',
  'file://',
  'chrome-extension://abcdef',
  'http://127.0.0.1.evil.example:8080',
])('a page of %s is refused, by GET, POST and WebSocket alike', (origin) => {
  for (const method of ['GET', 'POST', 'OPTIONS']) {
    expect(() => check(loopback, { origin }, method)).toThrow(
      expect.objectContaining({ code: 'SB_ORIGIN_REFUSED' }),
    );
  }
  expect(() => check(loopback, { origin, 'sec-fetch-mode': 'websocket' }, 'GET', '/ws')).toThrow();
});

test('what a foreign page loads without an Origin is refused by Sec-Fetch-Site', () => {
  for (const site of ['cross-site', 'same-site']) {
    expect(() => check(loopback, { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' })).toThrow(
      expect.objectContaining({ code: 'SB_ORIGIN_REFUSED' }),
    );
  }
});

test('a link elsewhere still opens the chat, and nothing else', () => {
  const link = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' };
  expect(check(loopback, link, 'GET', '/')).toEqual({ allowOrigin: undefined });
  expect(() => check(loopback, link, 'GET', '/streambed/v1/models')).toThrow();
  expect(() => check(loopback, link, 'POST', '/')).toThrow();
  expect(() => check(loopback, { ...link, 'sec-fetch-dest': 'iframe' }, 'GET', '/')).toThrow();
});

test('a page of an allowed origin passes and may read the answer', () => {
  const allowing = new Guard({
    insecure: false,
    host: '127.0.0.1',
    publicUrl: undefined,
    allowedOrigins: ['http://localhost:5173'],
  });
  expect(check(allowing, { origin: 'http://localhost:5173', 'sec-fetch-site': 'same-site' })).toEqual({
    allowOrigin: 'http://localhost:5173',
  });
  expect(() => check(allowing, { origin: 'http://localhost:5174' })).toThrow();
});

test('with --insecure addresses and configured names are served, other DNS names and foreign pages are not', () => {
  const insecure = new Guard({
    insecure: true,
    host: '0.0.0.0',
    publicUrl: 'https://chat.example.com',
    allowedOrigins: [],
  });
  expect(check(insecure, { host: '192.168.1.5:8080', origin: 'http://192.168.1.5:8080' })).toBeDefined();
  expect(check(insecure, { host: 'chat.example.com', origin: 'https://chat.example.com' })).toBeDefined();
  expect(check(insecure, { host: 'localhost:8080' })).toBeDefined();
  expect(() => check(insecure, { host: 'evil.example', origin: 'http://evil.example' })).toThrow();
  expect(() => check(insecure, { host: '192.168.1.5:8080', origin: 'http://evil.example' })).toThrow();
});

test('the scripts of the frame without an origin pass, and nothing else does for it', () => {
  const frame = { origin: 'null', 'sec-fetch-site': 'cross-site' };
  expect(check(loopback, frame, 'GET', '/diagrams/assets/index-a_1.js')).toEqual({ allowOrigin: undefined });
  for (const path of [
    '/diagrams/assets/../index.html',
    '/diagrams/',
    '/assets/index.js',
    '/diagrams/assets/.js',
  ]) {
    expect(() => check(loopback, frame, 'GET', path), path).toThrow();
  }
  expect(() => check(loopback, frame, 'POST', '/diagrams/assets/index.js')).toThrow();
  expect(() =>
    check(loopback, { ...frame, host: 'evil.example' }, 'GET', '/diagrams/assets/index.js'),
  ).toThrow();
});

test('it says whose page asks: a sign-in counts for our own only', () => {
  const guard = new Guard({
    insecure: true,
    host: '0.0.0.0',
    publicUrl: 'https://chat.example.com',
    allowedOrigins: ['https://app.example.com'],
  });
  const page = (headers: Record<string, string>) =>
    guard.check({ method: 'POST', path: '/', headers: { host: '10.0.0.7', ...headers } }).page;
  expect(page({ origin: 'http://10.0.0.7' })).toBe('own');
  expect(page({ origin: 'https://chat.example.com' })).toBe('own');
  expect(page({ 'sec-fetch-site': 'same-origin' })).toBe('own');
  expect(page({ origin: 'https://app.example.com' })).toBe('allowed');
  expect(page({})).toBe('unknown');
  expect(page({ 'sec-fetch-site': 'none' })).toBe('unknown');
});

test('with keys any name may be asked, and foreign pages are refused all the same', () => {
  let keyed = false;
  const guard = new Guard(
    { insecure: false, host: '127.0.0.1', publicUrl: undefined, allowedOrigins: [] },
    () => keyed,
  );
  expect(() => check(guard, { host: 'gateway.internal:8080' })).toThrow();
  keyed = true;
  expect(check(guard, { host: 'gateway.internal:8080' })).toEqual({ allowOrigin: undefined });
  expect(() => check(guard, { host: 'gateway.internal', origin: 'https://evil.example' })).toThrow(
    expect.objectContaining({ code: 'SB_ORIGIN_REFUSED' }),
  );
  expect(() => check(guard, { host: 'two hosts' })).toThrow();
});
