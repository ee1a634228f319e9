import { answerTexts } from './texts/answer.ts';
import { askingTexts } from './texts/asking.ts';
import { shellTexts } from './texts/shell.ts';

/** Every text of the page, in one place and one language; another language is another set of these
 * objects. What only a part needs that is loaded later stands in `texts/`, and is loaded with it. */
export const texts = { ...shellTexts, ...askingTexts, ...answerTexts } as const;
