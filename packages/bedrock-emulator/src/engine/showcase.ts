import type { Random } from '../random.ts';
import { longestAnswerWords, prose } from './prose.ts';
import { code, namesLanguage } from './showcases/code.ts';
import { jsonText, lists, markdown, math, tables, tasks, unicode } from './showcases/texts.ts';
import { modelTable } from './small-talk.ts';

const asking =
  /\b(show|write|give|make|draw|create|generate|print|produce|send|display|demo|demonstrate|want|need|try|see|can you|could you|let'?s)\b/i;

/** Subjects in the order they are looked for: the first that fits is shown. */
const subjects: readonly (readonly [RegExp, string])[] = [
  [/\b(all (of )?(the )?)?markdown\b/i, 'markdown'],
  [/\b(task|todo|to-do|check) ?-?lists?\b|\btasks\b|\bcheckboxes\b/i, 'tasks'],
  [/\b(tables?|spreadsheet)\b/i, 'table'],
  [/\b(unicode|emojis?|scripts|alphabets|languages of the world|around the world)\b/i, 'unicode'],
  [/\b(math(s|ematics)?|latex|katex|formulas?|equations?|integral)\b/i, 'math'],
  [/\bjson\b/i, 'json'],
  [/\b(code|program|function|script|snippet|class|algorithm)\b/i, 'code'],
  [/\b(bullets?|lists?)\b/i, 'list'],
];

/** A showcase by its name, as directives name it. `variant` counts up with each "another one". */
export function showcase(name: string, detail: string, variant: number): string | undefined {
  switch (name) {
    case 'markdown':
      return markdown;
    case 'tasks':
      return tasks;
    case 'table':
      return /\bmodels?\b/i.test(detail) ? modelTable() : nth(tables, variant);
    case 'unicode':
      return unicode;
    case 'math':
      return nth(math, variant);
    case 'json':
      return /\bonly\b|\bnothing else\b/i.test(detail) ? jsonText : `\`\`\`json\n${jsonText}\n\`\`\``;
    case 'code':
      return code(detail, variant);
    case 'list':
      return nth(lists, variant);
    default:
      return undefined;
  }
}

/** What a prompt wants shown; `undefined` when it isn't asking for a showcase. */
export function askedShowcase(prompt: string, variant: number, random: Random): string | undefined {
  const text = prompt.trim();
  const bare =
    text.split(/\s+/).length <= 5 && !/^(what|how|why|when|where|who|which|does|is|are)\b/i.test(text);
  if (!bare && !asking.test(text)) return undefined;

  const words = /\b(\d{1,6})[- ]words?\b/i.exec(text)?.[1];
  if (words !== undefined) return prose(Math.min(Math.max(1, Number(words)), longestAnswerWords), random);
  if (/\b(long|longer|essay|story|novel|lengthy|paragraphs)\b/i.test(text))
    return prose(/\bvery|really|extremely|novel\b/i.test(text) ? 3000 : 600, random);

  if (/\b(which|list|table|show)\b.*\bmodels\b/i.test(text)) return modelTable();
  for (const [pattern, name] of subjects) {
    if (pattern.test(text)) return showcase(name, text, variant);
  }
  return namesLanguage(text) ? code(text, variant) : undefined;
}

function nth(texts: readonly string[], variant: number): string | undefined {
  return texts[variant % texts.length];
}
