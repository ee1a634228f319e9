import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failing, say, startEmulator } from '@streambed/bedrock-emulator';
import { expect, test } from 'vitest';
import { httpForms } from './fault-matrix/http-doors.ts';
import { nextPrompt, nextText } from './fault-matrix/scenario.ts';
import { socketDoors } from './fault-matrix/socket-doors.ts';
import { startAsChild, upstreamAt } from './support/servers.ts';
import { connect } from './support/websocket.ts';

const aws = {
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
  AWS_SESSION_TOKEN: 'IQoJb3JpZ2luX2VjEXAMPLETOKENofThisSession',
};
const admin = 'the-key-of-the-environment';
const wrong = `sb_${'9'.repeat(12)}_${'9'.repeat(36)}`;

/** Everything that a program on this machine can read of a process and those it has started, but its memory. */
function processList(pid: number): string {
  if (process.platform !== 'linux') return '';
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8').split(' ').filter(Boolean),
  );
  const names = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/comm`, 'utf8'));
  const lines = [String(pid), ...children].map((one) => readFileSync(`/proc/${one}/cmdline`, 'utf8'));
  return [...names, ...lines].join('\n');
}

test('a whole run, good and bad, shows no secret: in no answer, log, metric, file, process list, nor to Bedrock', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-secrets-'));
  await using emulator = await startEmulator({
    pace: 'instant',
    script: ({ prompt }) =>
      prompt === 'Fail.'
        ? failing(say(['x']), { type: 'error', name: 'UnrecognizedClientException' })
        : prompt === 'Break.'
          ? failing(say(['x', 'y', 'z']), { type: 'cut', at: 'mid-frame', after: 3 })
          : say(prompt === nextPrompt ? [nextText] : ['Well, ', 'yes.']),
  });
  await using server = await startAsChild(
    upstreamAt(emulator.url, {
      argv: ['--log-level', 'trace'],
      env: { ...aws, STREAMBED_DATA_DIR: folder, STREAMBED_API_KEY: admin },
    }),
  );
  const shown: string[] = [];
  const ask = async (path: string, key: string, body?: object, method = body ? 'POST' : 'GET') => {
    const response = await fetch(`${server.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { response, text, all: `${JSON.stringify([...response.headers])}\n${text}` };
  };
  const made = JSON.parse((await ask('/streambed/v1/keys', admin, { name: 'quiet', admin: true })).text);
  const { key } = made as { key: string };
  const { token } = JSON.parse((await ask('/streambed/v1/tokens', key, { subject: 'anna' })).text);
  const signedIn = await fetch(`${server.url}/streambed/v1/session`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key }),
  });
  const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';', 1)[0]?.split('=')[1] as string;
  shown.push(await signedIn.text());

  for (const credential of [key, token, admin, wrong, `${key}x`]) {
    for (const prompt of credential === key ? ['Go.', 'Break.', 'Fail.'] : ['Go.']) {
      for (const form of httpForms)
        shown.push((await ask(form.path(true), credential, form.body(prompt, true))).all);
      if (credential === wrong || credential.endsWith('x')) continue;
      const headers = { authorization: `Bearer ${credential}` };
      const signal = AbortSignal.timeout(15_000);
      for (const door of socketDoors) {
        shown.push(
          JSON.stringify(await door.ask({ url: server.url, prompt, stream: true, headers, signal })),
        );
      }
    }
    for (const path of [
      '/metrics',
      '/streambed/v1/keys',
      '/streambed/v1/usage/records',
      '/v1/models',
      '/nothing',
    ]) {
      shown.push((await ask(path, credential)).all);
    }
    shown.push((await ask(`/v1/models?key=${credential}&token=${credential}`, credential)).all);
  }
  await connect(`${server.url}/ws/model?model=anthropic&token=${key}`).catch((refused: Error) =>
    shown.push(refused.message),
  );
  const list = processList(server.pid);
  server.signal('SIGTERM');
  const { output, code } = await server.exited;
  expect(code).toBe(0);
  expect(output.length).toBeGreaterThan(10_000);
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  const sent = emulator.requests
    .map(({ path, headers, body }) => JSON.stringify([path, headers, body]))
    .join('\n');
  rmSync(folder, { recursive: true });

  const ours = { key, token, cookie, admin, wrong };
  const theirs = { secret: aws.AWS_SECRET_ACCESS_KEY, session: aws.AWS_SESSION_TOKEN };
  const places = { output, list, shown: shown.join('\n'), files: files.join('\n') };
  for (const [name, secret] of Object.entries({ ...ours, ...theirs })) {
    for (const [place, text] of Object.entries(places))
      expect([name, place, text.includes(secret)]).toEqual([name, place, false]);
    // AWS's own session token has to go there.
    if (name !== 'session') expect([name, 'sent', sent.includes(secret)]).toEqual([name, 'sent', false]);
  }
  expect(sent).toContain(aws.AWS_SESSION_TOKEN);
}, 90_000);
