import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { startGroup } from './support/npm.ts';
import { root } from './support/root.ts';

/** A busy machine must not fail a test: the promise (2 s) is measured and printed, this bound is what can't be noise. */
const boundMs = 10_000;

/** A data folder serves one server at a time. */
function aDataFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'streambed-start-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return { STREAMBED_DATA_DIR: folder };
}

test.skipIf(!existsSync(join(root, 'dist', '.stamp')))(
  'a warm `npm start` answers /healthz',
  async () => {
    const started = performance.now();
    await using npm = startGroup('npm', ['start', '--', '--port', '0'], { cwd: root, env: aDataFolder() });
    const [, url] = await npm.printed(/Streambed[^\n]*(http:\/\/127\.0\.0\.1:\d+)/);
    const { status } = await fetch(`${url}/healthz`);
    const tookMs = Math.round(performance.now() - started);
    console.info(`npm start, warm: /healthz after ${tookMs} ms (promise: 2000 ms)`);
    expect(status).toBe(200);
    expect(tookMs).toBeLessThan(boundMs);

    // Two at once don't collide: the second finds all fresh, and only wants a port and a data folder of its own.
    const env = aDataFolder();
    await using second = startGroup('npm', ['start', '--', '--port', '0'], { cwd: root, env });
    const [, another] = await second.printed(/Streambed[^\n]*(http:\/\/127\.0\.0\.1:\d+)/);
    expect(another).not.toBe(url);

    // npm tells only the shell between us: what it started must not stay behind.
    second.terminate();
    await second.exited;
    await expect(fetch(`${another}/healthz`)).rejects.toThrow();
  },
  30_000,
);

test('a mistake on the command line is said in one line, with no stack', async () => {
  await using npm = startGroup('npm', ['start', '--silent', '--', '--prot', '9'], { cwd: root });
  expect(await npm.exited).toBe(1);
  const lines = npm.output.trim().split('\n');
  expect(lines.at(-1)).toMatch(/--prot.*--port/);
  expect(lines.filter((line) => line.startsWith('    at '))).toEqual([]);
});
