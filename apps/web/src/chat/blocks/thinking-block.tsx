import { texts } from '../../texts.ts';
import { Sign } from '../../ui/sign.tsx';
import { FoldOut } from './fold-out.tsx';
import { TextPart } from './text-part.tsx';
import { useThinkingSeconds } from './use-thinking-seconds.ts';

/** What the model thought, folded, with the time it took: it is there for who wants it. */
export function ThinkingBlock(props: {
  readonly text: string;
  readonly live: boolean;
  readonly name: string;
}) {
  const { text, live, name } = props;
  const seconds = useThinkingSeconds(name, live);
  const summary = live ? (
    <>
      <Sign flow="moving" size={16} />
      <span className="tabular-nums">{texts.blocks.thinking(seconds ?? 0)}</span>
    </>
  ) : (
    <span className="tabular-nums">{texts.blocks.thoughts(seconds)}</span>
  );
  return (
    <FoldOut summary={summary} className="mb-2">
      <div className="thoughts mt-1 mb-4 border-l border-stone-3 pl-4">
        <TextPart text={text} sources={[]} live={live} />
      </div>
    </FoldOut>
  );
}
