import { Dialog } from '@base-ui/react/dialog';
import type { ReactNode } from 'react';
import { backdropClass } from '../ui/popup.ts';

/** What slides over the page from one side, and holds the focus until it is closed. */
export default function Sheet(props: {
  readonly side: 'left' | 'right';
  readonly label: string;
  readonly onClose: () => void;
  readonly children: ReactNode;
}) {
  const side =
    props.side === 'left'
      ? 'left-0 data-ending-style:-translate-x-4 data-starting-style:-translate-x-4'
      : 'right-0 data-ending-style:translate-x-4 data-starting-style:translate-x-4';
  return (
    <Dialog.Root open onOpenChange={(open) => !open && props.onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className={backdropClass} />
        <Dialog.Popup
          aria-label={props.label}
          className={`fixed inset-y-0 z-30 flex w-[min(24rem,calc(100vw-2.5rem))] flex-col overflow-y-auto bg-ground shadow-float outline-none transition-[translate,opacity] duration-160 ease-open data-ending-style:opacity-0 data-starting-style:opacity-0 ${side}`}
        >
          {props.children}
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
