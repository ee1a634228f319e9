import { type ReactNode, useEffect, useState } from 'react';
import { texts } from '../texts.ts';
import { CopyButton } from '../ui/copy-button.tsx';
import { useDark } from '../ui/use-dark.ts';
import { type DrawnDiagram, drawDiagram, knownDiagram } from './draw-diagram.ts';

/** Narrower than this, in pixels, a diagram isn't made smaller: it scrolls. */
const readable = 480;

/** A diagram, drawn; its source is one click away, and stands in its place while it is drawn and where it can't be. */
export default function Diagram({
  source,
  fallback,
}: {
  readonly source: string;
  readonly fallback: ReactNode;
}) {
  const dark = useDark();
  const [diagram, setDiagram] = useState<DrawnDiagram | undefined>(() => knownDiagram(source, dark));
  const [failed, setFailed] = useState(false);
  const [asSource, setAsSource] = useState(false);
  useEffect(() => {
    let current = true;
    setFailed(false);
    drawDiagram(source, dark).then(
      (drawn) => current && setDiagram(drawn),
      () => current && setFailed(true),
    );
    return () => {
      current = false;
    };
  }, [source, dark]);

  const switcher = diagram !== undefined && !failed && (
    <button
      type="button"
      className="quiet-button min-h-7 font-sans text-meter"
      onClick={() => setAsSource(!asSource)}
    >
      {asSource ? texts.blocks.diagram.show : texts.blocks.diagram.source}
    </button>
  );
  if (diagram === undefined || failed || asSource)
    return (
      <>
        {fallback}
        {failed && <p className="diagram-note">{texts.blocks.diagram.failed}</p>}
        {switcher && <p className="diagram-note">{switcher}</p>}
      </>
    );
  return (
    <figure className="code" aria-label={texts.blocks.diagram.label}>
      <figcaption>
        <span className="grow">{texts.blocks.diagram.label}</span>
        {switcher}
        <CopyButton text={() => source} className="-mr-1.5 min-h-7 font-sans" />
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard. */}
      <div className="diagram" tabIndex={0}>
        <img
          src={diagram.picture}
          width={Math.ceil(diagram.width)}
          height={Math.ceil(diagram.height)}
          style={{ minWidth: Math.min(diagram.width, readable) }}
          alt={texts.blocks.diagram.alt(source)}
        />
      </div>
    </figure>
  );
}
