import { boundMs, type Cell, doors, type Lived, silence } from './live-through.ts';

/** docs/fault-matrix.md, as the bad days went. */
export function faultMatrixPage(days: readonly Lived[]): string {
  const head = ['bad day', 'asked', ...doors.map(({ name }) => name), 'ledger'];
  const lines = days.flatMap((lived) =>
    [true, false].map((stream) => [
      `\`${lived.day.name}\``,
      stream ? 'streamed' : 'whole',
      ...doors.map(({ name }) => wordsOf(cellOf(lived, name, stream))),
      ledgerOf(lived, stream),
    ]),
  );
  return `# Bad days

Every bad day that [the emulator](emulator.md) knows, at every door, streamed and whole: ${days.length * doors.length * 2} answers. A test lives
through all of them and holds this page in step (\`npx vitest run test/fault-matrix.test.ts -u\` writes it anew).

- *whole*: everything the model said, with the ecosystem's own good end. Only where nothing is missing.
- a number: the HTTP status of an error; nothing was answered. On a socket, and once an answer has begun, it is the
  ecosystem's error in the answer: a name. What was said before it stays readable.
- *ledger*: how the row of the usage ledger ends, and how often the upstream was asked.

In every cell the client knows its end within ${boundMs / 1000} seconds (where Bedrock falls silent, that ends after ${silence.first / 1000} seconds,
a whole answer after ${silence.total / 1000});
after every day no upstream request, no place, no socket is left, each generation has exactly one row, the rows count as many
attempts as the upstream has received, and the server is ready.

${table([head, head.map(() => '---'), ...lines])}
`;
}

/** The same with times, for a terminal. */
export function printedMatrix(days: readonly Lived[]): string {
  const lines = days.flatMap((lived) =>
    lived.cells.map((cell) => {
      const row = lived.rows.find(({ generation }) => generation === cell.seen?.generation);
      return [
        cell.day,
        cell.door,
        cell.stream ? 'streamed' : 'whole',
        cell.seen === undefined ? 'NONE' : `${cell.seen.end} ${cell.seen.says}`,
        `${Math.round(cell.ms)} ms`,
        row === undefined ? '' : `${row.state} ${row.error_code ?? ''} ×${row.attempts}`,
        String(lived.open),
        String(lived.left.generations),
      ];
    }),
  );
  const head = [
    'bad day',
    'door',
    'asked',
    'the client saw',
    'after',
    'ledger',
    'upstream left',
    'places left',
  ];
  const all = [head, ...lines];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)));
  return all
    .map((cells) => cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '))
    .join('\n');
}

function table(lines: readonly (readonly string[])[]): string {
  return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function cellOf(lived: Lived, door: string, stream: boolean): Cell | undefined {
  return lived.cells.find((cell) => cell.door === door && cell.stream === stream);
}

function wordsOf(cell: Cell | undefined): string {
  if (cell?.seen === undefined) return '**none**';
  return cell.seen.end === 'complete' ? '*whole*' : cell.seen.says;
}

function ledgerOf({ cells, rows }: Lived, stream: boolean): string {
  const mine = new Set(cells.filter((cell) => cell.stream === stream).map(({ seen }) => seen?.generation));
  const said = rows
    .filter(({ generation }) => mine.has(generation))
    .map(({ state, error_code: code, attempts }) => `${code ?? state} ×${attempts}`);
  return [...new Set(said)].sort().join(', ');
}
