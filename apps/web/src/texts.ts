import { answerTexts } from './texts/answer.ts';
import { askingTexts } from './texts/asking.ts';
import { doctorTexts } from './texts/doctor.ts';
import { shellTexts } from './texts/shell.ts';

/** Every text of the page, in one place and one language; another language is another set of these objects. */
export const texts = { ...shellTexts, ...askingTexts, ...doctorTexts, ...answerTexts } as const;
