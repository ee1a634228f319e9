import { existsSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { say, startEmulator } from '@streambed/bedrock-emulator';
import type { Page } from 'playwright-core';
import { askOutside } from '../../test/support/ask-outside.ts';
import { launchChromium } from '../../test/support/chromium.ts';
import { startInProcess, upstreamAt } from '../../test/support/servers.ts';
import { chooseBeside, desktop, letters, phone, scrolling } from './forms.ts';
import { countNodes, readTyping, watchTyping } from './in-page.ts';
import { answer } from './said.ts';
import { trace } from './tracing.ts';

/**
 * What the chat costs a browser: a long conversation on a phone's screen, three answers streaming at once (each in a page
 * of its own), and somebody who types meanwhile. With `--beside 4` so many answers stream side by side in one page on a
 * desktop's screen, and somebody scrolls. The page must be built (`npm run build`).
 */
const { values: options } = parseArgs({
  options: {
    turns: { type: 'string', default: '300' },
    seconds: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '3' },
    pages: { type: 'string', default: '3' },
    beside: { type: 'string', default: '0' },
    speed: { type: 'string', default: '80' },
    json: { type: 'string' },
  },
});
const [turns, seconds, rounds, beside, speed] = [
  Number(options.turns),
  Number(options.seconds),
  Number(options.rounds),
  Number(options.beside),
  Number(options.speed),
];
const pages = beside > 0 ? 1 : Number(options.pages);

const built = fileURLToPath(new URL('../../dist/web', import.meta.url));
if (!existsSync(join(built, 'index.html'))) {
  console.error('The page is not built. Run npm run build first.');
  process.exit(1);
}

interface Row {
  readonly elements: number;
  readonly nodes: number;
  /** Of one page's main thread, in its own time: what others do on the machine isn't the page's. */
  readonly busyPercent: number;
  readonly longestTaskMs: number;
  readonly tasksOver50Ms: number;
  readonly heapMb: number;
  readonly typingP50Ms: number;
  readonly typingP95Ms: number;
}

await using emulator = await startEmulator({
  pace: 'instant',
  script: ({ prompt }) => {
    const streaming = /^stream (\d+)/.exec(prompt);
    // Enough to be still written when the measurement ends.
    if (streaming !== null) {
      const pace = { firstTokenMs: 100, tokensPerSecond: speed, jitter: 0.3 };
      return { ...say(answer(Number(streaming[1]), Math.ceil((speed * seconds) / 25))), pace };
    }
    const past = /^turn (\d+)/.exec(prompt);
    return past === null ? undefined : say(answer(Number(past[1]), 3));
  },
});
await using server = await startInProcess(upstreamAt(emulator.url, { argv: ['--web-dir', built] }));
// A conversation of its own for each page: two questions in one would be two branches.
const questions = Array.from({ length: turns }, (_, turn) => ({ prompt: `turn ${turn}` }));
const past = await Promise.all(Array.from({ length: pages }, () => askOutside(server.url, questions)));
const browser = await launchChromium();
const rows: Row[] = [];
try {
  for (let round = 0; round < rounds; round += 1) rows.push(await measure(round));
} finally {
  await browser.close();
}

async function measure(round: number): Promise<Row> {
  const context = await browser.newContext(beside > 0 ? desktop : phone);
  const all: Page[] = [];
  for (let number = 0; number < pages; number += 1) {
    const page = await context.newPage();
    await page.goto(`${server.url}/#${past[number]}`);
    await page.locator('article[aria-label="Answer"]').last().waitFor();
    all.push(page);
  }
  for (const [number, page] of all.entries()) {
    if (beside > 0) await chooseBeside(page, beside);
    await page.getByRole('textbox', { name: 'Message' }).fill(`stream ${round * 10 + number}`);
    await page.getByRole('button', { name: 'Send', exact: true }).click();
  }
  const [page] = all;
  if (page === undefined) throw new Error('no page');
  await page.locator('[data-state="writing"]').first().waitFor();
  // The others stay visible too: headless pages don't hide each other.
  await page.bringToFront();
  await page.evaluate(watchTyping);
  const session = await context.newCDPSession(page);
  const stop = await trace(session);
  const typing = beside > 0 ? page.getByRole('main') : page.getByRole('textbox', { name: 'Message' });
  const keys = beside > 0 ? scrolling : letters;
  const started = performance.now();
  for (let typed = 0; performance.now() - started < seconds * 1_000; typed += 1) {
    await typing.press(keys[typed % keys.length] ?? 'a', { delay: 0 });
    await page.waitForTimeout(170 + ((typed * 37) % 60));
  }
  const wallMs = performance.now() - started;
  const running = await page.locator('[data-state="writing"]').count();
  if (running !== Math.max(1, beside)) throw new Error('an answer ended before the measurement did');
  const busy = await stop();
  const { elements, nodes } = await page.evaluate(countNodes);
  const painted = [...(await page.evaluate(readTyping))].sort((a, b) => a - b);
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize: heap } = await session.send('Runtime.getHeapUsage');
  await context.close();
  return {
    elements,
    nodes,
    busyPercent: rounded((busy.tasksMs / wallMs) * 100),
    longestTaskMs: rounded(busy.longestMs),
    tasksOver50Ms: busy.long,
    heapMb: rounded(heap / 1024 / 1024),
    typingP50Ms: rounded(quantile(painted, 0.5)),
    typingP95Ms: rounded(quantile(painted, 0.95)),
  };
}

console.log(
  [
    '| round | elements | nodes | busy | longest task | over 50 ms | heap | typing p50 | p95 |',
    '| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(
      (row, round) =>
        `| ${round + 1} | ${row.elements} | ${row.nodes} | ${row.busyPercent} % | ${row.longestTaskMs} ms | ${row.tasksOver50Ms} | ${row.heapMb} MB | ${row.typingP50Ms} ms | ${row.typingP95Ms} ms |`,
    ),
    '',
    beside > 0
      ? `${turns} turns on 1280 × 800, ${beside} answers at ${speed} tokens a second side by side, ${seconds} s, scrolling by keys all the while.`
      : `${turns} turns on 390 × 844, ${pages} answers at ${speed} tokens a second each in pages of their own, ${seconds} s, typing all the while.`,
    `Chromium ${browser.version()}, Node ${process.versions.node}, ${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown processor'}.`,
  ].join('\n'),
);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, undefined, 2)}\n`);
// Servers and the browser are closed; what the AWS SDK keeps open is not worth waiting for.
process.exit(0);

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
