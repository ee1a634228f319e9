import { awsErrors } from '../../errors.ts';

export const markdown = `# Markdown, all of it

Text can be **bold**, *italic*, ***both***, ~~struck~~ or \`code\`, and it can [link somewhere](https://example.com/).

> A quotation, which may hold
> > another one.

1. A numbered list
2. whose second item
   - has a list inside
   - with two items
3. and a third

| left | centre | right |
| :--- | :----: | ----: |
| a | b | 1 |
| longer text | \`code\` | 1,000 |

- [x] a task that is done
- [ ] one that is not

\`\`\`typescript
for await (const event of stream) console.log(event);
\`\`\`

Inline mathematics: $e^{i\\pi} + 1 = 0$. A line break  
and, below a rule, a footnote.[^1]

---

[^1]: This is the footnote.`;

export const tables: readonly string[] = [
  `What Bedrock answers when something is wrong, as this emulator does it:

| error | status | may it succeed later? |
| --- | ---: | :---: |
${Object.entries(awsErrors)
  .map(
    ([name, { status }]) =>
      `| \`${name}\` | ${status} | ${[408, 424, 429, 500, 503].includes(status) ? 'yes' : 'no'} |`,
  )
  .join('\n')}`,
  `The frame of one event, byte by byte:

| bytes | field | type |
| --- | --- | --- |
| 0–3 | total length | 32 bits, big-endian |
| 4–7 | length of the headers | 32 bits, big-endian |
| 8–11 | checksum of bytes 0–7 | CRC-32 |
| 12 … | headers, then payload | names and typed values; JSON |
| last 4 | checksum of all before | CRC-32 |`,
];

export const tasks = `A list of tasks:

- [x] Clone the repository
- [x] \`npm start\`
- [x] Open http://127.0.0.1:8080
- [ ] Ask something the demo model knows
- [ ] Set AWS credentials and ask the real model
  - [ ] choose a region
  - [ ] run \`streambed doctor\``;

export const lists: readonly string[] = [
  `The way of a token, from Bedrock to the reader:

1. **Bytes** arrive on a socket.
2. The **decoder** cuts them into messages and checks both checksums.
3. The **family** turns native events into Messages events.
4. The **stream log** numbers them.
5. Every **reader** follows the log:
   - those who were there from the start,
   - those who come late,
   - those who come back.
6. An **encoder** writes them to the reader's socket.`,
  `Kinds of stop reasons:

- \`end_turn\`: the model had said everything
- \`max_tokens\`: the limit came first
- \`stop_sequence\`: one of the given texts came up
- \`tool_use\`: the model waits for a tool
- \`refusal\`: it would not`,
];

export const math: readonly string[] = [
  `Some mathematics. The solutions of $ax^2 + bx + c = 0$ are

$$
x = \\frac{-b \\pm \\sqrt{b^2 - 4ac}}{2a}
$$

the area under the bell curve is

$$
\\int_{-\\infty}^{\\infty} e^{-x^2}\\,dx = \\sqrt{\\pi}
$$

and the first $n$ numbers add up to

$$
\\sum_{k=1}^{n} k = \\frac{n(n+1)}{2}.
$$`,
  `A matrix, and how it turns a point by the angle $\\theta$:

$$
\\begin{pmatrix} \\cos\\theta & -\\sin\\theta \\\\ \\sin\\theta & \\cos\\theta \\end{pmatrix} \\begin{pmatrix} x \\\\ y \\end{pmatrix}
$$

Bayes' theorem: $P(A \\mid B) = \\dfrac{P(B \\mid A)\\,P(A)}{P(B)}$.`,
];

export const unicode = `Text from around the world, to see that nothing is torn on the way:

| script | a greeting |
| --- | --- |
| Arabic (right to left) | مرحبا بالعالم |
| Hebrew (right to left) | שלום עולם |
| Chinese | 你好，世界 |
| Japanese | こんにちは、世界 |
| Korean | 안녕하세요 세계 |
| Devanagari | नमस्ते दुनिया |
| Tamil | வணக்கம் உலகம் |
| Thai | สวัสดีชาวโลก |
| Greek | Γειά σου Κόσμε |
| Cyrillic | Привет, мир |
| Georgian | გამარჯობა მსოფლიო |
| Amharic | ሰላም ለዓለም |

Emoji: 👋🏽 👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈 🇪🇺 🧑🏿‍🚀 1️⃣ ❤️‍🔥 · Beyond the basic plane: 𝒮𝓉𝓇𝑒𝒶𝓂𝒷𝑒𝒹 𓀀 𝄞 · Combining: é and é, Z̷̧̛a̴̢͝l̶̨̕g̵̡͠o̷͜͞ · Signs: ∀x ∈ ℝ: ⌈x⌉ ≥ x · Boxes: ┌─┬─┐ │░▒▓│ └─┴─┘ · Braille: ⠎⠞⠗⠑⠁⠍ · Mixed directions: abc אבג 123 عربي xyz`;

export const jsonText = `{
  "name": "Streambed",
  "local": true,
  "events": ["message_start", "content_block_delta", "message_stop"],
  "limits": { "body_bytes": 25000000, "max_gen_len": 2048 },
  "escapes": "quote \\" backslash \\\\ newline \\n snowman \\u2603",
  "nothing": null
}`;
