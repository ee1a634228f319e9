import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { haiku, invoke, type Json, llama3, messages, said } from '../../test/ask.ts';
import { docSections, type Emulator, startEmulator } from '../index.ts';
import { examplePrompts } from './small-talk.ts';

const docs = docSections(
  'README',
  `# Streambed

Streambed puts Bedrock behind one door.

![a picture](x.png)

## Starting

Type \`npm start\` and open the page.

\`\`\`sh
npm start

npm test
\`\`\`

## Resuming

A reader that comes back sends the last seq it has.

It gets everything after it: nothing is lost, nothing is repeated.
`,
);

async function withDemo<T>(use: (emulator: Emulator) => Promise<T>): Promise<T> {
  await using emulator = await startEmulator({ pace: 'instant', docs: () => docs });
  return await use(emulator);
}

const say = (prompt: string, extra = {}) => withDemo((emulator) => said(emulator, prompt, extra));

/** A conversation of user prompts; returns the last answer. */
async function converse(...prompts: string[]): Promise<string> {
  return withDemo(async (emulator) => {
    const history: { role: string; content: string }[] = [];
    for (const content of prompts) {
      history.push({ role: 'user', content });
      const { json } = await invoke(emulator, haiku, messages('', { messages: history }));
      history.push({ role: 'assistant', content: json.content[0].text });
    }
    return history.at(-1)?.content ?? '';
  });
}

describe('the demo model', () => {
  it.each(['Hello', 'hi!', 'Who are you?', 'Are you Claude?', 'What can you do?', 'help', '/help'])(
    'says plainly what it is to %j',
    async (prompt) => expect(await say(prompt)).toMatch(/local demo model/),
  );

  it('names the model it stands in for, and is not it', async () => {
    expect(await say('Are you really Claude?')).toContain('not Claude Haiku 4.5');
    const { json } = await withDemo((emulator) => invoke(emulator, llama3, { prompt: 'Who are you?' }));
    expect(json.generation).toContain('not Llama 3 8B');
  });

  it('answers from the docs it was given, quotes them and says where they are from', async () => {
    const answer = await say('How do I start it?');
    expect(answer).toContain('> Type `npm start` and open the page.');
    expect(answer).toContain('> npm test\n> ```');
    expect(answer).toContain('README: Starting');
    expect(await say('What is Streambed?')).toContain('> Streambed puts Bedrock behind one door.');
    expect(await say('what about reconnecting readers?')).toContain('README: Resuming');
  });

  it('knows itself, whatever docs it was given', async () => {
    expect(await say('How do I point an SDK at the emulator?')).toContain('AWS_ENDPOINT_URL_BEDROCK_RUNTIME');
    expect(await say('Which models are there?')).toContain('us.anthropic.claude-haiku-4-5-20251001-v1:0');
  });

  it.each(['What is the capital of France?', 'Who won the cup in 1974?', 'asdf qwer', '¿Qué hora es?', '?'])(
    'does not pretend to know %j',
    async (prompt) => {
      const answer = await say(prompt);
      expect(answer).toMatch(/don't know anything about “.+”/);
      expect(answer).toContain('Show me Unicode');
    },
  );

  it('has an answer to each of its own example prompts', async () => {
    for (const prompt of examplePrompts) {
      await using emulator = await startEmulator({ pace: 'instant' });
      expect(await said(emulator, prompt), prompt).not.toMatch(/don't know|can't answer/);
    }
  });

  it.each<[string, RegExp]>([
    ['Show me all the Markdown you can do', /^# Markdown[\s\S]*- \[x\][\s\S]*```typescript/],
    ['Write Python code', /```python\n[\s\S]*Counter/],
    ['give me a function in Rust and in Go', /```rust[\s\S]*```go/],
    ['draw a table', /\| --- \| ---: \|/],
    ['a task list please', /- \[ \] /],
    ['show me some LaTeX', /\$\$\nx = \\frac/],
    ['Unicode from around the world', /👩‍💻[\s\S]*𝒮/],
    ['make a list', /1\. \*\*Bytes\*\*/],
    ['Return only JSON, show me', /^\{\n/],
    ['count from 3 to 6', /^3, 4, 5, 6$/],
    ['What is 2 + 3 * 4?', /^2 \+ 3 \* 4 = 14$/],
    ['Say “hello there”', /^hello there$/],
    ['Reply with exactly OK.', /^OK$/],
  ])('shows off: %s', async (prompt, expected) => expect(await say(prompt)).toMatch(expected));

  it.each([1, 7, 100, 600])('writes %i words exactly', async (words) => {
    const count = (text: string) => text.split(/\s+/).length;
    expect(count(await say(`Write ${words} words about rivers`))).toBe(words);
    expect(count(await say(`/long ${words}`))).toBe(words);
  });

  it('goes on when asked for more', async () => {
    const first = await converse('Write Python code');
    expect(await converse('Write Python code', 'another one please')).not.toBe(first);
    expect(await converse('Show me a table', 'and another')).toContain('byte by byte');
    expect(await converse('How do I resume a stream?', 'more')).toMatch(/There is also this|all my docs say/);
    expect(await converse('Hello', 'How do I start it?')).toContain('README: Starting');
  });

  it('says what it received instead of looking at it', async () => {
    const content = [
      { type: 'text', text: 'What is in this picture?' },
      { type: 'image', source: { type: 'base64', media_type: 'image/png', data: 'aGk=' } },
    ];
    const { json } = await withDemo((emulator) =>
      invoke(emulator, haiku, messages('', { messages: [{ role: 'user', content }] })),
    );
    expect(json.content[0].text).toContain('- image/png');
  });

  it('thinks where it may, and only there', async () => {
    const thinking = { type: 'enabled', budget_tokens: 1024 };
    const types = async (extra: Readonly<Record<string, unknown>>) =>
      (await withDemo((emulator) => invoke(emulator, haiku, messages('Hello', extra)))).json.content.map(
        ({ type }: Json) => type,
      );
    expect(await types({ thinking })).toEqual(['thinking', 'text']);
    expect(await types({})).toEqual(['text']);
  });

  it.each([
    ['show '.repeat(100_000)],
    ['\n'.repeat(500_000)],
    [' '.repeat(500_000)],
    [`/say ${'x'.repeat(1_000_000)}`],
    [`/say ${'\n'.repeat(500_000)}x`],
    ['f {"a": '.repeat(50_000)],
    ['<|start_header_id|>user'.repeat(20_000)],
    ['[INST]'.repeat(50_000)],
    ['in Aa, '.repeat(50_000)],
  ])('is not held up by a large prompt (%#)', async (text) => {
    await using emulator = await startEmulator({ pace: 'instant', docs: () => docs });
    const tools = [{ name: 'f', input_schema: { type: 'object', properties: { a: { type: 'string' } } } }];
    const started = performance.now();
    await invoke(emulator, haiku, messages(`x${text}`, { tools }));
    await invoke(emulator, 'us.meta.llama3-3-70b-instruct-v1:0', { prompt: text });
    await invoke(emulator, 'anthropic.claude-v2', { prompt: `Human:${text}`, max_tokens_to_sample: 50 });
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it('never fails, whatever it is told', async () => {
    await using emulator = await startEmulator({ pace: 'instant', docs: () => docs });
    const prompt = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 200 }),
      fc.string({ unit: 'grapheme', maxLength: 200 }),
      fc
        .array(
          fc.constantFrom('show', 'table', 'what', '/', '\n', 'more', '5 words', '{', '"', 'streambed', ' '),
          { maxLength: 12 },
        )
        .map((words) => words.join(' ')),
    );
    await fc.assert(
      fc.asyncProperty(prompt, fc.boolean(), async (text, withTools) => {
        const tools = [
          {
            name: 'show',
            description: 'what table',
            input_schema: { type: 'object', properties: { a: {} } },
          },
        ];
        const { status, json } = await invoke(
          emulator,
          haiku,
          messages(`x ${text}`, withTools ? { tools } : {}),
        );
        expect(status, JSON.stringify(json)).toBe(200);
        expect(json.content.length).toBeGreaterThan(0);
        expect((await invoke(emulator, llama3, { prompt: `x${text}` })).status).toBe(200);
      }),
      { numRuns: 150 },
    );
  });
});

describe('tools', () => {
  const weather = {
    name: 'get_weather',
    description: 'Current weather of a city',
    input_schema: {
      type: 'object',
      properties: { city: { type: 'string' }, unit: { type: 'string', enum: ['celsius', 'fahrenheit'] } },
      required: ['city'],
    },
  };
  const search = {
    name: 'search',
    input_schema: { type: 'object', properties: { query: { type: 'string' } } },
  };
  const ask = (prompt: string, extra = {}) =>
    withDemo(
      async (emulator) =>
        (await invoke(emulator, haiku, messages(prompt, { tools: [weather, search], ...extra }))).json,
    );
  const calls = (json: Json) => json.content.filter(({ type }: Json) => type === 'tool_use');

  it('are called as the prompt says', async () => {
    const json = await ask('call tool get_weather with {"city": "Lima", "unit": "celsius"}');
    expect(json.stop_reason).toBe('tool_use');
    expect(calls(json)).toMatchObject([{ name: 'get_weather', input: { city: 'Lima', unit: 'celsius' } }]);
  });

  it('are called where a prompt is about them, with what it offers', async () => {
    expect(calls(await ask("What's the weather in Oslo in fahrenheit, which unit?"))).toMatchObject([
      { name: 'get_weather', input: { city: 'Oslo', unit: 'fahrenheit' } },
    ]);
    expect(
      calls(await ask('weather in Seattle and San Francisco')).map(({ input }: Json) => input.city),
    ).toEqual(['Seattle', 'San Francisco']);
    expect(calls(await ask('Hello'))).toEqual([]);
  });

  it('are called when they are forced, and not when they are forbidden', async () => {
    expect(calls(await ask('Hello', { tool_choice: { type: 'tool', name: 'search' } }))).toMatchObject([
      { name: 'search' },
    ]);
    expect(calls(await ask('Hello', { tool_choice: { type: 'any' } }))).toHaveLength(1);
    expect(calls(await ask('call tool search', { tool_choice: { type: 'none' } }))).toEqual([]);
  });

  it('have their results told', async () => {
    const use = { type: 'tool_use', id: 'a', name: 'get_weather', input: { city: 'Oslo' } };
    const json = await ask('', {
      messages: [
        { role: 'user', content: 'weather in Oslo?' },
        { role: 'assistant', content: [use] },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'a', content: 'Snow, −4 °C' }] },
      ],
    });
    expect(json.stop_reason).toBe('end_turn');
    expect(json.content[0].text).toContain('`get_weather` answered:\n\n> Snow, −4 °C');
  });

  it('make JSON for a schema', async () => {
    const schema = {
      type: 'object',
      properties: {
        name: { type: 'string' },
        size: { type: 'integer', minimum: 3 },
        tags: { type: 'array', items: { enum: ['x', 'y'] } },
      },
      required: ['name', 'size', 'tags'],
    };
    const json = await ask('Hello', { output_config: { format: { type: 'json_schema', schema } } });
    expect(JSON.parse(json.content[0].text)).toEqual({ name: expect.any(String), size: 3, tags: ['x'] });
  });
});

describe('docSections', () => {
  it('cuts a page at its headings, outside of code', () => {
    expect(
      docSections('P', '# A\n\none\n\n```sh\n# not a heading\n```\n\n## `B`\n<img src=x>\ntwo\n\n## Empty\n'),
    ).toEqual([
      { title: 'P: A', text: 'one\n\n```sh\n# not a heading\n```' },
      { title: 'P: B', text: 'two' },
    ]);
    expect(docSections('P', 'See [this](other.md) and\n\n![x](y)\n\n[that](https://example.com).')).toEqual([
      { title: 'P', text: 'See this and\n\n[that](https://example.com).' },
    ]);
    expect(docSections('P', '')).toEqual([]);
  });
});
