import { memo, useEffect, useLayoutEffect, useRef, useState } from 'react';
import { loadPart } from '../ui/load.tsx';

type Render = typeof import('./katex.ts').renderFormula;

let render: Render | undefined;
const load = () =>
  loadPart(() => import('./katex.ts')).then((part) => {
    render = part.renderFormula;
  });

/** A formula. Its TeX stands in its place until the typesetter has come, and where it can't be read. */
export const Formula = memo(function Formula(props: {
  readonly tex: string;
  readonly display: boolean;
  /** More of it is to come: what was last understood stays meanwhile. */
  readonly live?: boolean;
}) {
  const { tex, display, live = false } = props;
  const [ready, setReady] = useState(render !== undefined);
  const ref = useRef<HTMLSpanElement>(null);
  useEffect(() => {
    if (ready) return;
    let current = true;
    load().then(
      () => current && setReady(true),
      // The TeX itself stays.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [ready]);
  // Built with the DOM and not from text: the policy allows no style that stands in HTML.
  useLayoutEffect(() => {
    const element = ref.current;
    if (!ready || element === null || render === undefined) return;
    render(tex, { display, live }, element);
  }, [ready, tex, display, live]);
  return ready ? (
    <span ref={ref} className={display ? 'formula-display' : 'formula'} data-tex={tex} />
  ) : (
    <code className={display ? 'formula-display' : 'formula'}>{tex}</code>
  );
});
