import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commonFeatures, declaredFeature } from '../../test/clients/declared-feature.ts';

/** @typedef {import('../../test/clients/declared-feature.ts').DeclaredFeature} DeclaredFeature */

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const words = { works: 'works', refused: 'refused clearly' };

/** docs/client-matrix.md, as the tests declare it. Vitest is asked which tests there are: a few seconds. */
export const clientMatrixPage = {
  path: 'docs/client-matrix.md',
  get text() {
    return page(byClient(listTests().flatMap((name) => declaredFeature(name) ?? [])));
  },
};

/**
 * The full names of the tests in test/clients that a run would run. Skipped ones are not among them, so the page can't
 * claim what only they would show.
 * @returns {string[]}
 */
function listTests() {
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  // What a surrounding test run has set is not for the run within.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('VITEST')));
  // The files are run, not only parsed: the tests are named by what runs.
  const listing = ['list', 'test/clients/', '--json', '--no-static-parse'];
  const printed = execFileSync(process.execPath, [vitest, ...listing], {
    cwd: root,
    env,
    encoding: 'utf8',
    maxBuffer: 16 * 1024 * 1024,
  });
  const tests = /** @type {{ name: string }[]} */ (JSON.parse(printed.slice(printed.indexOf('[\n'))));
  return tests.map(({ name }) => name);
}

/**
 * Clients and their features, each in a stable order.
 * @param {readonly DeclaredFeature[]} features
 */
function byClient(features) {
  /** @type {Map<string, Map<string, 'works' | 'refused'>>} */
  const clients = new Map();
  for (const { client, name, outcome } of features) {
    const row = clients.get(client) ?? new Map();
    const before = row.get(name);
    if (before !== undefined && before !== outcome) {
      throw new Error(`Two tests disagree on ${name} with ${client}: ${before}, and ${outcome}.`);
    }
    clients.set(client, row.set(name, outcome));
  }
  return [...clients].sort(([a], [b]) => (a < b ? -1 : 1));
}

/** @param {ReturnType<typeof byClient>} clients */
function page(clients) {
  const head = ['client', ...commonFeatures];
  const rows = clients.map(([client, features]) => [
    named(client),
    ...commonFeatures.map((name) => cell(features.get(name))),
  ]);
  const own = clients.flatMap(([client, features]) => {
    const names = [...features.keys()].filter(
      (name) => !(/** @type {readonly string[]} */ (commonFeatures).includes(name)),
    );
    if (names.length === 0) return [];
    const lines = names.sort().map((name) => `- ${name}: ${cell(features.get(name))}`);
    return [`### ${client}\n\n${lines.join('\n')}`];
  });
  return `# Clients

What official clients, unmodified, are shown to do against Streambed. This page is made from the tests in
[test/clients](../test/clients) by \`npm run docs\`: each cell is a test that runs the client against a whole server, and an
empty cell is one that no test speaks of. *Refused clearly*: the client gets an error of its own kind that says why.

${[head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')}
${own.length === 0 ? '' : `\n## What only some have\n\n${own.join('\n\n')}\n`}`;
}

/** @param {'works' | 'refused' | undefined} outcome */
function cell(outcome) {
  return outcome === undefined ? '' : words[outcome];
}

/**
 * The client's name with the installed version behind each package.
 * @param {string} client
 */
function named(client) {
  return client
    .split(' ')
    .map((word) => {
      const file = join(root, 'node_modules', word, 'package.json');
      return existsSync(file) ? `\`${word}\` ${JSON.parse(readFileSync(file, 'utf8')).version}` : word;
    })
    .join(' ');
}
