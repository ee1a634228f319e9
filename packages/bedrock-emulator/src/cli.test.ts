import { describe, expect, it } from 'vitest';
import { runEmulatorCli, startEmulator } from './index.ts';

/** Runs the command until its first lines are out, hands over its URL, and ends it. */
async function run(argv: readonly string[], use?: (url: string) => Promise<void>) {
  const lines: string[] = [];
  const errors: string[] = [];
  const ending = new AbortController();
  let working: Promise<void> | undefined;
  const code = await runEmulatorCli(argv, {
    signal: ending.signal,
    print: (line) => {
      lines.push(line);
      const url = /on (http:\S+)/.exec(line)?.[1];
      if (url === undefined) return;
      working = (async () => {
        await use?.(url);
        ending.abort();
      })();
    },
    printError: (line) => errors.push(line),
  });
  await working;
  return { code, lines, errors };
}

describe('streambed emulator', () => {
  it('serves until it is told to end, and says how to point an SDK at it', async () => {
    const { code, lines } = await run(['--port', '0', '--pace', 'instant'], async (url) => {
      expect((await fetch(url)).status).toBe(200);
    });
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^Local Bedrock on http:\/\/127\.0\.0\.1:\d+ /);
    expect(lines[1]).toMatch(/AWS_ENDPOINT_URL_BEDROCK_RUNTIME=http:\/\/127\.0\.0\.1:\d+$/);
  });

  it('says in one line that a port is taken', async () => {
    await using other = await startEmulator();
    expect(await run(['--port', String(other.port)])).toEqual({
      code: 1,
      lines: [],
      errors: [`streambed emulator: port ${other.port} is taken. Choose another one with --port.`],
    });
  });

  it.each([
    [['--port', 'x'], '--port takes a number'],
    [['--port', '70000'], '--port takes a number'],
    [['--pace', 'fast'], '--pace takes'],
    [['--credentials', 'ID'], '--credentials takes ID:SECRET'],
    [['--prot', '1'], "Unknown option '--prot'"],
    [['stray'], "Unexpected argument 'stray'"],
  ])('says what is wrong with %j', async (argv, text) => {
    const { code, errors } = await run(argv);
    expect(code).toBe(2);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(text);
  });

  it('explains itself', async () => {
    const { code, lines } = await run(['--help']);
    expect(code).toBe(0);
    expect(lines.join('\n')).toContain('--pace PACE');
  });

  it('checks signatures when it has credentials', async () => {
    await run(['--port', '0', '--credentials', 'ID:secret:token', '--api-key', 'good'], async (url) => {
      const ask = (key: string) =>
        fetch(`${url}/model/nobody/invoke`, { method: 'POST', headers: { authorization: `Bearer ${key}` } });
      expect((await ask('bad')).status).toBe(403);
      expect((await ask('good')).status).toBe(400);
    });
  });
});
