import { defaultRehypePlugins, defaultRemarkPlugins, Streamdown, type StreamdownProps } from 'streamdown';
import { components } from './components.tsx';
import { lineBreaks } from './line-breaks.ts';

type Plugins = NonNullable<StreamdownProps['rehypePlugins']>;

const remarkPlugins: Plugins = [...Object.values(defaultRemarkPlugins), lineBreaks];
const { sanitize, harden } = defaultRehypePlugins;
/** No `raw`: HTML in an answer is text. The rest is sanitised all the same; two locks are better than one. */
const rehypePlugins: Plugins = [sanitize, harden].filter((plugin) => plugin !== undefined);

/** Renders Markdown while it is written: text is cut into blocks, and only the last one is parsed again. */
export default function Markdown({ text, live }: { readonly text: string; readonly live: boolean }) {
  return (
    <Streamdown
      components={components}
      remarkPlugins={remarkPlugins}
      rehypePlugins={rehypePlugins}
      isAnimating={live}
      controls={false}
    >
      {text}
    </Streamdown>
  );
}
