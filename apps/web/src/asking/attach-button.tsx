import { Plus } from 'lucide-react';
import { useRef } from 'react';
import { texts } from '../texts.ts';
import { IconButton } from '../ui/icon-button.tsx';

/** Opens the system's dialog to choose files. */
export function AttachButton({ onFiles }: { readonly onFiles: (files: readonly File[]) => void }) {
  const inputRef = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={inputRef}
        id="choose-files"
        type="file"
        multiple
        hidden
        aria-label={texts.composer.attach}
        onChange={({ target }) => {
          onFiles([...(target.files ?? [])]);
          // The same file chosen again is a change again.
          target.value = '';
        }}
      />
      <IconButton name={texts.composer.attach} onClick={() => inputRef.current?.click()}>
        <Plus size={18} aria-hidden />
      </IconButton>
    </>
  );
}
