/** One section of a document: the unit that is found and quoted. */
export interface Doc {
  /** Where it is from, for people: `README: Starting`. */
  readonly title: string;
  /** Markdown. */
  readonly text: string;
}

export interface Hit {
  readonly doc: Doc;
  readonly score: number;
  /** How much of the question's meaning the section has, 0 to 1: rare words weigh more. */
  readonly coverage: number;
}

interface Entry {
  readonly doc: Doc;
  readonly counts: ReadonlyMap<string, number>;
  readonly length: number;
  readonly titleWords: ReadonlySet<string>;
}

const stopWords = new Set(
  'a about all also am an and any are as at be been but by can could did do does for from get give had has have how i if in into is it its just let like may me more most much my need not now of on one only or other our out please say should show so some such tell than that the their them then there these they this those to too up us use used using want was way we were what when where which while who whom whose why will with would you your explain describe mean work happen between time day today change make made thing things good best kind way possible able support try name'.split(
    ' ',
  ),
);

// Okapi BM25's usual constants.
const k1 = 1.4;
const b = 0.6;
const titleBoost = 1.6;
// A section about just what was asked: "What is Streambed?" and the title "Streambed".
const sameTitleBoost = 2;
// Pages are given with the most important first.
const firstDocBoost = 0.25;
// What people say, and what the docs may call it instead; it counts for less than the word itself.
const synonymWeight = 0.6;
const synonyms: Readonly<Record<string, string>> = {
  connect: 'credentials upstream endpoint',
  account: 'credentials',
  login: 'credentials keys',
  install: 'start starting clone',
  setup: 'start starting',
  run: 'start starting serve',
  begin: 'start starting',
  launch: 'start starting',
  reconnect: 'resume reader seq',
  disconnect: 'resume reader cancel',
  drop: 'resume lose reader',
  connection: 'socket reader',
  lost: 'resume log seq',
  lose: 'resume log seq',
  crash: 'kill restart',
  price: 'cost usage',
  pay: 'cost bills',
  money: 'cost',
  free: 'cost account',
  websocket: 'socket',
  settings: 'configuration',
  configure: 'configuration',
  options: 'flags configuration',
  fail: 'error errors fault',
  problem: 'error doctor',
  wrong: 'error doctor',
  test: 'tests emulator',
  mock: 'emulator',
  fake: 'emulator',
  offline: 'emulator',
  local: 'emulator',
  sdk: 'endpoint',
  stop: 'cancel',
  abort: 'cancel',
};

/** A small full-text index over sections. */
export class DocIndex {
  readonly #entries: readonly Entry[];
  readonly #documentFrequency = new Map<string, number>();
  readonly #averageLength: number;

  constructor(docs: readonly Doc[]) {
    this.#entries = docs.map((doc) => {
      const counts = new Map<string, number>();
      const words = terms(`${doc.title} ${doc.text}`);
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
      return { doc, counts, length: words.length, titleWords: new Set(terms(doc.title)) };
    });
    for (const { counts } of this.#entries)
      for (const word of counts.keys())
        this.#documentFrequency.set(word, (this.#documentFrequency.get(word) ?? 0) + 1);
    const total = this.#entries.reduce((sum, { length }) => sum + length, 0);
    this.#averageLength = total / Math.max(1, this.#entries.length);
  }

  /** Sections that have words of the question, best first. */
  search(question: string): readonly Hit[] {
    const wanted = [...new Set(terms(question))].map((word) => ({
      weight: this.#weight(word),
      forms: [word, ...(synonymStems.get(word) ?? [])],
      word,
    }));
    const total = wanted.reduce((sum, { weight }) => sum + weight, 0);
    const hits: Hit[] = [];
    for (const [place, { doc, counts, length, titleWords }] of this.#entries.entries()) {
      const norm = k1 * (1 - b + (b * length) / this.#averageLength);
      let score = 0;
      let covered = 0;
      let inTitle = 0;
      for (const { word, weight, forms } of wanted) {
        const form = forms.find((one) => counts.has(one));
        if (form === undefined) continue;
        const count = counts.get(form) ?? 0;
        const worth = form === word ? weight : Math.min(weight, this.#weight(form)) * synonymWeight;
        covered += form === word ? weight : weight * synonymWeight;
        if (titleWords.has(form)) inTitle += 1;
        score += worth * ((count * (k1 + 1)) / (count + norm)) * (titleWords.has(form) ? titleBoost : 1);
      }
      if (score === 0) continue;
      const alike = inTitle / Math.max(1, titleWords.size + wanted.length - inTitle);
      const early = firstDocBoost * (1 - place / this.#entries.length);
      hits.push({ doc, score: score * (1 + sameTitleBoost * alike + early), coverage: covered / total });
    }
    return hits.sort((one, other) => other.score - one.score);
  }

  /** The paragraphs of a section that answer best, in their order, at most about `characters` long. */
  excerpt(doc: Doc, question: string, characters: number): string {
    const paragraphs = splitParagraphs(doc.text);
    if (doc.text.length <= characters) return doc.text.trim();
    const words = new Set(terms(question));
    const ranked = paragraphs
      .map((text, place) => ({
        text,
        place,
        score: [...new Set(terms(text))].reduce(
          (sum, word) => sum + (words.has(word) ? this.#weight(word) : 0),
          0,
        ),
      }))
      .sort((one, other) => other.score - one.score || one.place - other.place);
    const chosen: typeof ranked = [];
    let length = 0;
    for (const paragraph of ranked) {
      if (chosen.length > 0 && (paragraph.score === 0 || length + paragraph.text.length > characters))
        continue;
      chosen.push(paragraph);
      length += paragraph.text.length;
    }
    return chosen
      .sort((one, other) => one.place - other.place)
      .map(({ text }) => text)
      .join('\n\n');
  }

  #weight(word: string): number {
    const frequency = this.#documentFrequency.get(word) ?? 0;
    return Math.log(1 + (this.#entries.length - frequency + 0.5) / (frequency + 0.5));
  }
}

/** Words worth comparing, cut to something like their stem. */
function terms(text: string): string[] {
  const words = text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];
  return words.filter((word) => word.length > 1 && !stopWords.has(word)).map(stem);
}

function stem(word: string): string {
  if (word.length <= 4) return word.replace(/(?<=[a-z]{2,}[^s])s$/, '');
  return word
    .replace(/(ies|ied)$/, 'y')
    .replace(/(sses)$/, 'ss')
    .replace(/(?<=[^s])s$/, '')
    .replace(/(?<=[a-z]{3})(ing|ed)$/, '')
    .replace(/(?<=[a-z]{3})e$/, '');
}

const synonymStems: ReadonlyMap<string, readonly string[]> = new Map(
  Object.entries(synonyms).map(([word, others]) => [stem(word), terms(others)]),
);

/** Blank lines separate paragraphs, except inside a fenced block. */
function splitParagraphs(markdown: string): string[] {
  const paragraphs: string[] = [];
  let current: string[] = [];
  let fenced = false;
  for (const row of markdown.split('\n')) {
    if (/^\s*(```|~~~)/.test(row)) fenced = !fenced;
    if (row.trim() === '' && !fenced) {
      if (current.length > 0) paragraphs.push(current.join('\n'));
      current = [];
    } else current.push(row);
  }
  if (current.length > 0) paragraphs.push(current.join('\n'));
  return paragraphs;
}

/**
 * Cuts a Markdown page into sections at its headings. `name` begins each title; the page's first heading names what
 * stands before the second one. Images, HTML and front matter are left out.
 */
export function docSections(name: string, markdown: string): Doc[] {
  const docs: Doc[] = [];
  let heading = '';
  let rows: string[] = [];
  let fenced = false;
  const close = () => {
    const text = rows
      .join('\n')
      .replace(/\n{3,}/g, '\n\n')
      // A link beside the page leads nowhere once its text is quoted elsewhere.
      .replace(/\[([^\]\n]+)\]\((?!https?:)[^)\n]*\)/g, '$1')
      .trim();
    if (text !== '') docs.push({ title: heading === '' ? name : `${name}: ${heading}`, text });
    rows = [];
  };
  for (const row of markdown.replace(/^---\n[\s\S]*?\n---\n/, '').split('\n')) {
    if (/^\s*(```|~~~)/.test(row)) fenced = !fenced;
    const title = fenced ? undefined : /^#{1,4}\s+(.+?)\s*#*$/.exec(row)?.[1];
    if (title !== undefined) {
      close();
      heading = title.replace(/[`*_]/g, '');
    } else if (fenced || !/^\s*(!\[|<)/.test(row)) rows.push(row);
  }
  close();
  return docs;
}
