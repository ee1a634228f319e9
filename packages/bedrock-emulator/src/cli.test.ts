import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
    [['--profile', 'arn'], '--profile takes ARN=MODEL'],
    [['--guardrails', '/nowhere'], '--guardrails: ENOENT'],
    [['--fault', 'nonsense'], '--fault: I know no fault "nonsense"'],
    [['--requests-per-minute', 'x'], '--requests-per-minute takes a number'],
    [['--engine-url', 'http://127.0.0.1:1/v1'], '--engine-url and --engine-model go together'],
    [['--engine-url', 'x', '--engine-model', 'm'], '--engine-url takes an address'],
    [['--cert', 'x'], '--cert and --key go together'],
    [['--cert', '/nowhere', '--key', '/nowhere'], 'ENOENT'],
    [['--record', 'x'], '--record and --upstream go together'],
    [['--record', 'x', '--upstream', 'y'], '--upstream takes an address'],
    [['--record', 'x', '--replay', 'y'], 'exclude each other'],
    [['--replay', 'x', '--timing', 'slow'], '--timing takes'],
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

  it('arms faults and limits', async () => {
    const argv = [
      '--port',
      '0',
      '--pace',
      'instant',
      '--fault',
      'access model *haiku*',
      '--requests-per-minute',
      '5',
    ];
    await run(argv, async (url) => {
      const state = await (await fetch(`${url}/_emulator/state`)).json();
      expect(state).toMatchObject({
        faults: [{ fault: 'access model *haiku*' }],
        limits: { requestsPerMinute: 5 },
      });
    });
  });

  it('takes profiles, guardrails and a script', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'emulator-cli-'));
    const guardrails = join(folder, 'guardrails.json');
    const script = join(folder, 'script.mjs');
    await writeFile(guardrails, '[{"id":"g","words":["forbidden"]}]');
    await writeFile(script, 'export default ({ prompt }) => "You said " + prompt + ".";');
    const argv = ['--port', '0', '--pace', 'instant', '--guardrails', guardrails, '--script', script];
    const profile = 'arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/team';
    await run([...argv, '--profile', `${profile}=meta.llama3-8b-instruct-v1:0`], async (url) => {
      const ask = async (path: string, body: unknown) => {
        const response = await fetch(`${url}${path}`, {
          method: 'POST',
          headers: { authorization: 'Bearer x' },
          body: JSON.stringify(body),
        });
        return response.json();
      };
      expect(await ask(`/model/${encodeURIComponent(profile)}/invoke`, { prompt: 'yes' })).toMatchObject({
        generation: 'You said yes.',
      });
      const content = [{ text: { text: 'forbidden' } }];
      expect(await ask('/guardrail/g/version/1/apply', { source: 'INPUT', content })).toMatchObject({
        action: 'GUARDRAIL_INTERVENED',
      });
    });
    expect(await run(['--port', '0', '--script', guardrails])).toMatchObject({ code: 1 });
    await rm(folder, { recursive: true });
  });

  it('records one emulator and replays it', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'emulator-cli-'));
    await using upstream = await startEmulator({ pace: 'instant' });
    const ask = async (url: string) => {
      const response = await fetch(`${url}/model/meta.llama3-8b-instruct-v1:0/invoke`, {
        method: 'POST',
        headers: { authorization: 'Bearer x' },
        body: '{"prompt":"/say recorded"}',
      });
      return response.text();
    };
    let first = '';
    const { lines } = await run(
      ['--port', '0', '--record', folder, '--upstream', upstream.url],
      async (url) => {
        first = await ask(url);
      },
    );
    expect(lines[0]).toContain(`(records ${upstream.url} into ${folder})`);
    expect(lines.at(-1)).toMatch(/^wrote .*0001-invokemodel-meta-llama3-8b-instruct-v1-0\.json$/);
    await run(['--port', '0', '--replay', folder], async (url) => {
      expect(await ask(url)).toBe(first);
    });
    expect((await run(['--port', '0', '--replay', join(folder, 'none')])).code).toBe(1);
    await rm(folder, { recursive: true });
  });
});
