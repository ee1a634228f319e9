import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import type { Row } from './report.ts';

/**
 * Draws one scenario of a result as bars, the cheapest first, on one linear scale from zero: `node bench/relay/chart.ts
 * results.json --to chart.svg`. Its colours follow the reader's light or dark.
 */
const {
  positionals: [file = ''],
  values: { scenario, upstream, to },
} = parseArgs({
  allowPositionals: true,
  options: {
    scenario: { type: 'string', default: 'flat-32' },
    upstream: { type: 'string', default: 'tls' },
    to: { type: 'string' },
  },
});

const rows = (JSON.parse(readFileSync(file, 'utf8')) as Row[])
  .filter((row) => row.scenario === scenario && row.upstream === upstream)
  .sort((a, b) => a.cpuUsPerToken - b.cpuUsPerToken);
const svg = draw(rows);
if (to === undefined) console.log(svg);
else writeFileSync(to, svg);

function draw(all: readonly Row[]): string {
  const height = 22;
  const [left, width, right] = [150, 430, 60];
  const longest = Math.max(...all.map(({ cpuUsPerToken }) => cpuUsPerToken));
  const bars = all.map(({ contestant, cpuUsPerToken }, index) => {
    const y = 34 + index * height;
    const length = Math.max(1, (width * cpuUsPerToken) / longest);
    const kind = contestant.startsWith('streambed/') ? 'ours' : 'theirs';
    return [
      `<text class="name" x="${left - 8}" y="${y + 12}" text-anchor="end">${contestant}</text>`,
      `<rect class="${kind}" x="${left}" y="${y}" width="${length.toFixed(1)}" height="${height - 6}" rx="2"/>`,
      `<text class="name" x="${(left + length + 6).toFixed(1)}" y="${y + 12}">${cpuUsPerToken.toFixed(1)}</text>`,
    ].join('');
  });
  const total = { width: left + width + right, height: 34 + all.length * height + 8 };
  const title = `Processor time per relayed token, in µs: ${all[0]?.streams ?? 0} streams as fast as possible, ${upstream === 'tls' ? 'TLS' : 'plain HTTP'} upstream`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${total.width} ${total.height}" width="${total.width}" height="${total.height}" role="img" aria-label="${title}">
<style>
text { font: 12px system-ui, sans-serif; fill: #3b4048 }
.ours { fill: #2f6fde }
.theirs { fill: #a3abb8 }
@media (prefers-color-scheme: dark) { text { fill: #c9d1d9 } .ours { fill: #6ea1ff } .theirs { fill: #5b6472 } }
</style>
<text x="8" y="18">${title}</text>
${bars.join('\n')}
</svg>
`;
}
