import { Children, type ComponentProps, isValidElement, type ReactNode } from 'react';
import { type StreamdownProps, useIsCodeFenceIncomplete } from 'streamdown';
import { texts } from '../texts.ts';
import { CodeBlock } from './code-block.tsx';

type Components = NonNullable<StreamdownProps['components']>;

/** Elements that need nothing but our style sheet, in place of Streamdown's own, which bring theirs. */
const plain = {
  p: 'p',
  h1: 'h1',
  h2: 'h2',
  h3: 'h3',
  h4: 'h4',
  h5: 'h5',
  h6: 'h6',
  ol: 'ol',
  ul: 'ul',
  li: 'li',
  hr: 'hr',
  strong: 'strong',
  thead: 'thead',
  tbody: 'tbody',
  tr: 'tr',
  th: 'th',
  td: 'td',
  blockquote: 'blockquote',
  sup: 'sup',
  sub: 'sub',
} as const satisfies Components;

/** How each element of an answer is shown. The object never changes, so that finished blocks don't render again. */
export const components: Components = {
  ...plain,
  inlineCode: ({ children }) => <code>{children}</code>,
  code: ({ className, children }) => <Fence className={className}>{children}</Fence>,
  a: ({ href, children }) => <Link href={href}>{children}</Link>,
  img: ({ src, alt }) => <Picture src={typeof src === 'string' ? src : ''} alt={alt ?? ''} />,
  // The only input Markdown has: a task's box.
  input: ({ checked }) => (
    <input
      type="checkbox"
      disabled
      checked={checked === true}
      aria-label={texts.blocks.task[checked ? 'done' : 'open']}
    />
  ),
  table: ({ children }) => (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard.
    <section className="wide" aria-label={texts.blocks.table} tabIndex={0}>
      <table>{children}</table>
    </section>
  ),
};

function Fence({ className, children }: ComponentProps<'code'>) {
  const incomplete = useIsCodeFenceIncomplete();
  const language = /language-(\S+)/.exec(className ?? '')?.[1] ?? '';
  return <CodeBlock code={textOf(children)} language={language} live={incomplete} />;
}

function textOf(children: ReactNode): string {
  return Children.toArray(children)
    .map((child) =>
      isValidElement<{ children?: ReactNode }>(child) ? textOf(child.props.children) : String(child),
    )
    .join('');
}

function Link({ href, children }: { readonly href: string | undefined; readonly children: ReactNode }) {
  // Streamdown marks a link whose address hasn't arrived yet.
  if (href === undefined || href.startsWith('streamdown:')) return <span>{children}</span>;
  // A footnote's own links stay on the page.
  if (href.startsWith('#')) return <a href={href}>{children}</a>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer nofollow">
      {children}
    </a>
  );
}

/** A picture that came with the text is shown; one from elsewhere would tell that somebody reads this, so it is a link. */
function Picture({ src, alt }: { readonly src: string; readonly alt: string }) {
  if (/^data:image\/(png|jpeg|gif|webp);/.test(src)) return <img src={src} alt={alt} />;
  const host = URL.canParse(src) ? new URL(src).host : '';
  return (
    <Link href={host === '' ? undefined : src}>
      {[texts.blocks.image, alt, host].filter((part) => part !== '').join(' · ')}
    </Link>
  );
}
