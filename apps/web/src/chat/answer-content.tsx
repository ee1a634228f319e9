import { isEnded, type Turn } from '@streambed/client';
import type { RefObject } from 'react';
import { answerParts } from './answer-parts.ts';
import { Block } from './blocks/block.tsx';
import { TextPart } from './blocks/text-part.tsx';
import { Seam } from './seam.tsx';

/** What a model wrote: its texts and its other blocks, as far as they have come. */
export function AnswerContent(props: {
  readonly turn: Turn;
  readonly contentRef: RefObject<HTMLDivElement | null>;
}) {
  const { answer } = props.turn;
  const { content } = answer.message;
  const ended = isEnded(answer.phase);
  const end = content.length - 1;
  return (
    <div ref={props.contentRef} className="relative">
      {answerParts(content).map((part, place, all) => {
        const live = !ended && place === all.length - 1;
        return part.type === 'text' ? (
          <TextPart key={part.key} text={part.text} sources={part.sources} live={live} />
        ) : (
          <Block
            key={part.key}
            block={part.block}
            live={live && part.key === end}
            name={`${answer.id}-${part.key}`}
          />
        );
      })}
      <Seam answer={answer} contentRef={props.contentRef} />
    </div>
  );
}
