import { type CacheControl, type ContentBlock, parseWith } from '@streambed/protocol';
import { z } from 'zod';
import { audioBlock, fileBlock, imageBlock } from '../shared/media.ts';
import { refuse, refuseUnsupported } from '../shared/refuse.ts';

const breakpoint = { prompt_cache_breakpoint: z.looseObject({}).nullish() };
const text = z.looseObject({ text: z.string(), ...breakpoint });
const refusal = z.looseObject({ refusal: z.string() });
const image = z.looseObject({
  image_url: z.string().nullish(),
  file_id: z.string().nullish(),
  ...breakpoint,
});
const file = z.looseObject({
  file_data: z.string().nullish(),
  file_url: z.string().nullish(),
  file_id: z.string().nullish(),
  filename: z.string().nullish(),
  ...breakpoint,
});
const audio = z.looseObject({ input_audio: z.looseObject({ data: z.string(), format: z.string() }) });

/** What a message or a tool's output holds. `at` is its path as the caller wrote it. */
export function readContent(content: unknown, at: string): ContentBlock[] {
  if (typeof content === 'string') return content === '' ? [] : [{ type: 'text', text: content }];
  if (!Array.isArray(content)) return refuse(at, 'expected a string or a list of parts');
  return content.map((part, index) => readPart(part, `${at}[${index}]`));
}

function readPart(part: unknown, at: string): ContentBlock {
  const { type } = parseWith(z.looseObject({ type: z.string() }), part, at);
  switch (type) {
    case 'input_text':
    case 'output_text':
    case 'text':
    case 'summary_text':
    case 'reasoning_text': {
      const { text: said, ...rest } = parseWith(text, part, at);
      return { type: 'text', text: said, ...cached(rest) };
    }
    case 'refusal':
      return { type: 'text', text: parseWith(refusal, part, at).refusal };
    case 'input_image': {
      const { image_url: url, file_id: id, ...rest } = parseWith(image, part, at);
      if (typeof url === 'string') return { ...imageBlock(url, `${at}.image_url`), ...cached(rest) };
      return id ? noFiles(`${at}.file_id`) : refuse(`${at}.image_url`, 'expected a data URL');
    }
    case 'input_file': {
      const { file_data: data, file_url: url, file_id: id, filename, ...rest } = parseWith(file, part, at);
      if (typeof data === 'string') {
        return { ...fileBlock(data, filename ?? undefined, `${at}.file_data`), ...cached(rest) };
      }
      if (url) {
        return refuseUnsupported(`${at}.file_url`, 'files are not fetched here. Send the file as file_data');
      }
      return id ? noFiles(`${at}.file_id`) : refuse(`${at}.file_data`, 'expected a data URL');
    }
    case 'input_audio': {
      const { data, format } = parseWith(audio, part, at).input_audio;
      return audioBlock(data, format);
    }
    default:
      return refuseUnsupported(`${at}.type`, `there is no ${JSON.stringify(type)} here`);
  }
}

function noFiles(at: string): never {
  return refuseUnsupported(at, 'no files are kept here. Send the data itself');
}

/** OpenAI's breakpoints are Claude's: what stands before them is cached. */
function cached({ prompt_cache_breakpoint: marked }: { readonly prompt_cache_breakpoint?: unknown }): {
  readonly cache_control?: CacheControl;
} {
  return marked === undefined || marked === null ? {} : { cache_control: { type: 'ephemeral' } };
}
