import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startGroup } from './support/npm.ts';
import { root } from './support/root.ts';
import { connect } from './support/websocket.ts';

const promisedMs = 10_000;

function emptyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-pack-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

test('the packed tarball serves from an empty folder', async () => {
  const tarball = await pack();
  // Other tests run beside this one: the best of three is what the tarball can do.
  const times: number[] = [];
  while (times.length < 3 && !times.some((time) => time < promisedMs)) times.push(await serve(tarball));
  console.info(`npx ./streambed-*.tgz: /healthz after ${times.join(', ')} ms (promise: ${promisedMs} ms)`);
  expect(Math.min(...times)).toBeLessThan(promisedMs);
}, 180_000);

async function pack(): Promise<string> {
  const folder = emptyFolder();
  const npm = startGroup('npm', ['pack', '--pack-destination', folder], { cwd: root });
  expect(await npm.exited, npm.output).toBe(0);
  const [tarball = ''] = readdirSync(folder);
  expect(tarball).toMatch(/^streambed-.*\.tgz$/);
  return join(folder, tarball);
}

/** Runs the tarball as a stranger would, and looks whether it is whole. How long until it answered, in milliseconds. */
async function serve(tarball: string): Promise<number> {
  const folder = emptyFolder();
  copyFileSync(tarball, join(folder, basename(tarball)));
  const started = performance.now();
  await using npx = startGroup('npx', ['--yes', `./${basename(tarball)}`, '--port', '0'], { cwd: folder });
  const [, url = ''] = await npx.printed(/Streambed[^\n]*(http:\/\/127\.0\.0\.1:\d+)/);
  expect((await fetch(`${url}/healthz`)).status).toBe(200);
  const tookMs = Math.round(performance.now() - started);

  const page = await fetch(url);
  expect(page.status).toBe(200);
  const [, script = ''] = /<script[^>]+src="([^"]+)"/.exec(await page.text()) ?? [];
  expect((await fetch(new URL(script, `${url}/`))).status).toBe(200);
  // The model that needs no account is in it too.
  await using socket = await connect(`${url}/ws/model?model=anthropic&streaming=1`);
  socket.send('Hello');
  expect(await socket.next()).not.toMatch(/^error/);

  // A large body is taken apart in a thread, whose program is a file of its own.
  const content = [{ type: 'text', text: 'Streambed carries large requests. '.repeat(20_000) }];
  const large = {
    model: 'anthropic',
    max_tokens: 10,
    messages: [
      { role: 'user', content },
      { role: 'user', content },
    ],
  };
  const answer = await fetch(`${url}/v1/messages`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(large),
  });
  // The model's own limit: it was read whole.
  expect([200, 400]).toContain(answer.status);
  expect(await answer.text()).not.toMatch(/SB_INTERNAL|Streambed has a fault/);

  npx.terminate();
  await npx.exited;
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  return tookMs;
}
