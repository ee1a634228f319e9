import type { Cell, Lived } from './live-through.ts';
import { answer } from './scenario.ts';

/** Everything about a bad day that may not be, each in a line; none where all promises held. */
export function judge(lived: Lived): readonly string[] {
  const { left, rows, requests } = lived;
  const attempts = rows.reduce((sum, row) => sum + (row.attempts ?? 0), 0);
  return [
    ...lived.cells.flatMap((cell) => judgeCell(cell, lived)),
    ...Object.entries(left)
      .filter(([, count]) => count !== 0)
      .map(([what, count]) => `${count} ${what} are still held`),
    ...(lived.open === 0 ? [] : [`${lived.open} upstream requests are left open`]),
    ...(lived.healthy ? [] : ['the server is not ready any more']),
    ...(attempts === requests ? [] : [`the ledger knows ${attempts} attempts, the upstream ${requests}`]),
    ...judgeModelSocket(lived),
  ];
}

function judgeCell(cell: Cell, { day, rows }: Lived): readonly string[] {
  const { seen } = cell;
  const say = (what: string) => [`${cell.door}, ${cell.stream ? 'streamed' : 'whole'}: ${what}`];
  if (seen === undefined) return say(cell.trouble ?? 'nothing was seen');
  const complete = seen.end === 'complete';
  const expected = cell.stream ? day.streamed : day.whole;
  if (complete && expected === 'fails') return say('a false success');
  if (complete && seen.text !== answer) return say(`a good end with the wrong text: ${seen.text}`);
  if (!complete && expected === 'fine') return say(`${seen.end} ${seen.says}, though nothing is missing`);
  if (!answer.startsWith(seen.text)) return say(`words that the model never said: ${seen.text}`);
  if (seen.end === 'cut off') return say('it was cut off without a word');
  if (seen.generation === undefined) {
    return cell.door === '/ws/model' ? [] : say('the answer does not name its generation');
  }
  const row = rows.filter(({ generation }) => generation === seen.generation);
  if (row.length !== 1) return say(`${row.length} rows in the ledger`);
  const state = complete ? 'completed' : 'failed';
  return row[0]?.state === state ? [] : say(`${row[0]?.state} in the ledger, and the client saw ${state}`);
}

/** Its answers don't name their generations: they are counted. Each client asks once more, and that is answered. */
function judgeModelSocket({ cells, rows }: Lived): readonly string[] {
  const mine = rows.filter(({ surface }) => surface === 'model-socket');
  const own = cells.filter(({ door }) => door === '/ws/model');
  const good = own.length + own.filter(({ seen }) => seen?.end === 'complete').length;
  const completed = mine.filter(({ state }) => state === 'completed').length;
  if (mine.length === 2 * own.length && completed === good) return [];
  return [`/ws/model: ${completed} of ${mine.length} rows are completed, not ${good} of ${2 * own.length}`];
}
