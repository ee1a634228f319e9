import { expect, it } from 'vitest';
import { invoke, messages } from '../test/ask.ts';
import { say, startEmulator } from './index.ts';

const haiku = 'us.anthropic.claude-haiku-4-5-20251001-v1:0';
const llama = 'meta.llama3-8b-instruct-v1:0';

it('counts what it answers whole, as it told its callers, also where it answers from memory', async () => {
  await using emulator = await startEmulator({ pace: 'instant' });
  const told = { input: 0, output: 0 };
  for (let time = 0; time < 3; time += 1) {
    const { json } = await invoke(emulator, haiku, messages('/say one two three'));
    told.input += json.usage.input_tokens;
    told.output += json.usage.output_tokens;
  }
  const { json } = await invoke(emulator, llama, { prompt: '/say hello' });
  await emulator.idle();
  expect(emulator.counted.models[haiku]).toMatchObject({ answers: 3, ...told, cacheRead: 0 });
  expect(emulator.counted.models[llama]).toMatchObject({
    answers: 1,
    input: json.prompt_token_count,
    output: json.generation_token_count,
  });
  const response = await fetch(`${emulator.url}/_emulator/usage`);
  expect(await response.json()).toEqual(emulator.counted);
  expect(emulator.counted.total.answers).toBe(4);
  expect(emulator.requests.at(-1)?.counted?.output).toBe(json.generation_token_count);
});

it('does not count what it refused or broke off', async () => {
  await using emulator = await startEmulator({
    pace: 'instant',
    script: ({ prompt }) =>
      prompt === 'cut' ? { ...say('half'), fault: { type: 'cut', at: 'mid-frame' } } : undefined,
  });
  await invoke(emulator, haiku, messages('cut')).catch(() => {});
  await invoke(emulator, haiku, { nothing: true }).catch(() => {});
  await emulator.idle();
  expect(emulator.requests).toHaveLength(2);
  expect(emulator.counted.total.answers).toBe(0);
});
