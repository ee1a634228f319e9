/** A part of the tests, and how long all of its files may take together, in seconds of one worker. */
export interface Group {
  readonly name: string;
  readonly files: RegExp;
  readonly seconds: number;
}

/** The first that fits a file has it. About twice what a quiet machine takes, where three share its two cores. */
export const groups: readonly Group[] = [
  { name: 'bad days', files: /^test\/fault-matrix\.test\.ts$/, seconds: 180 },
  { name: 'fuzzing', files: /^test\/fuzz\//, seconds: 180 },
  { name: 'soak', files: /^test\/soak\//, seconds: 90 },
  { name: 'clients', files: /^test\/clients\//, seconds: 300 },
  { name: 'chat in a browser', files: /^test\/chat/, seconds: 900 },
  { name: 'whole way', files: /^test\//, seconds: 900 },
  { name: 'server', files: /^apps\/server\//, seconds: 600 },
  { name: 'page', files: /^apps\/web\//, seconds: 45 },
  { name: 'packages', files: /^packages\//, seconds: 450 },
  { name: 'measurements', files: /^bench\//, seconds: 180 },
];

/** How long all tests may take by the clock: with set-up and checks, fifteen minutes. */
export const wholeSeconds = 12 * 60;

/** How long a file took, in milliseconds. */
export interface FileTime {
  readonly file: string;
  readonly ms: number;
}

export interface Spending {
  readonly lines: readonly string[];
  /** Groups that took longer than they may, each in a line. */
  readonly over: readonly string[];
}

/** What each group took of its budget, and the slowest files. */
export function spendingOf(files: readonly FileTime[], slowest = 10): Spending {
  const spent = new Map<Group | undefined, number>();
  for (const { file, ms } of files) {
    const group = groups.find((one) => one.files.test(file));
    spent.set(group, (spent.get(group) ?? 0) + ms / 1000);
  }
  const lines: string[] = [];
  const over: string[] = [];
  for (const [group, seconds] of spent) {
    const line = `${group?.name ?? 'files of no group'}: ${seconds.toFixed(1)} s of ${group?.seconds ?? 0} s`;
    lines.push(line);
    if (seconds > (group?.seconds ?? 0)) over.push(line);
  }
  const slow = [...files].sort((a, b) => b.ms - a.ms).slice(0, slowest);
  return { lines: [...lines, ...slow.map(({ file, ms }) => `  ${(ms / 1000).toFixed(1)} s  ${file}`)], over };
}
