/** What the model of the bench says: everything an answer is made of, again and again, each time a little different. */
export function answer(number: number, parts: number): string {
  return Array.from({ length: parts }, (_, part) => chapter(number * 31 + part)).join('\n\n');
}

function chapter(seed: number): string {
  const word = (place: number) => words[(seed * 7 + place * 13) % words.length] ?? 'stream';
  const sentence = (length: number, from: number) =>
    `${Array.from({ length }, (_, place) => word(from + place)).join(' ')}.`;
  const kinds = [
    `## About ${word(1)} and ${word(2)}\n\n${sentence(28, 3)} **${word(4)}** ${sentence(22, 40)} \`${word(9)}\` ${sentence(18, 71)}`,
    `${sentence(12, 2)}\n\n${Array.from({ length: 5 }, (_, item) => `- ${sentence(9, item * 11)}`).join('\n')}`,
    `\`\`\`typescript\n${Array.from({ length: 12 }, (_, line) => `  const ${word(line)}${line} = await ${word(line + 3)}(${line}, '${word(line + 5)}');`).join('\n')}\n\`\`\``,
    `| ${word(1)} | ${word(2)} | ${word(3)} |\n| --- | ---: | --- |\n${Array.from({ length: 6 }, (_, row) => `| ${word(row)} | ${row * 37} | ${sentence(5, row)} |`).join('\n')}`,
    `${sentence(20, 5)} The sum is $\\sum_{k=1}^{${seed % 9}} k^2$, and then ${sentence(20, 50)}`,
  ];
  return kinds[seed % kinds.length] ?? '';
}

const words =
  'water stone river bank current source delta bridge ferry ripple pool reed mist ford channel tide lock weir eddy spring gravel cascade basin mouth'.split(
    ' ',
  );
