import { Image } from 'lucide-react';
import { Children, type ReactNode } from 'react';
import { texts } from '../texts.ts';
import { Hint } from '../ui/hint.tsx';
import { isInlineImage, otherHost, safeLink } from './safe-link.ts';

/** A link out. Where its text names another host than it leads to, it says where. */
export function Link({ address, children }: { readonly address: string; readonly children: ReactNode }) {
  const url = safeLink(address);
  if (url === undefined) return <>{children}</>;
  const host = otherHost(textOf(children), url);
  return (
    <>
      <a href={url.href} target="_blank" rel="noopener noreferrer nofollow">
        {children}
      </a>
      {host !== undefined && <span className="text-ink-quiet"> ({host})</span>}
    </>
  );
}

function textOf(node: ReactNode): string {
  return Children.toArray(node)
    .map((child) => {
      if (typeof child === 'string') return child;
      const props = Object(Object(child).props) as { readonly children?: ReactNode };
      return props.children === undefined ? '' : textOf(props.children);
    })
    .join('');
}

/**
 * A picture that came with the text is shown. One from elsewhere is only named, with its host: the page may not load it
 * (its policy says so too), and a click opens it in a tab of its own.
 */
export function Picture({ address, alt }: { readonly address: string; readonly alt: string }) {
  if (isInlineImage(address)) return <img src={address} alt={alt} />;
  const url = safeLink(address);
  const name = alt === '' ? texts.blocks.image : alt;
  if (url === undefined || url.protocol === 'mailto:') return <span className="picture">{name}</span>;
  return (
    <Hint text={texts.blocks.imageMeaning(url.host)}>
      <a className="picture" href={url.href} target="_blank" rel="noopener noreferrer nofollow">
        <Image size={14} aria-hidden />
        {name}
        <span className="text-ink-quiet">{url.host}</span>
      </a>
    </Hint>
  );
}
