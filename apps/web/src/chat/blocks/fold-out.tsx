import { ChevronRight } from 'lucide-react';
import { type ReactNode, useState } from 'react';

/** A line that opens. What is inside is made when it is opened first. */
export function FoldOut(props: {
  readonly summary: ReactNode;
  readonly children: ReactNode;
  readonly className?: string;
}) {
  const [opened, setOpened] = useState(false);
  return (
    <details
      className={`group text-small text-ink-quiet ${props.className ?? ''}`}
      onToggle={(event) => event.currentTarget.open && setOpened(true)}
    >
      <summary className="flex min-h-8 w-fit max-w-full list-none items-center gap-1.5 rounded-sm hover:text-ink [&::-webkit-details-marker]:hidden">
        <ChevronRight
          size={14}
          aria-hidden
          className="flex-none transition-transform duration-140 ease-open group-open:rotate-90"
        />
        {props.summary}
      </summary>
      {opened && props.children}
    </details>
  );
}
