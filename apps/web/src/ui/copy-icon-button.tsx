import { Check, Copy } from 'lucide-react';
import { texts } from '../texts.ts';
import { IconButton } from './icon-button.tsx';
import { useCopied } from './use-copied.ts';

/** The same as a copy button, where there is no room for its word. */
export function CopyIconButton({ name, text }: { readonly name: string; readonly text: () => string }) {
  const { copied, copy } = useCopied(text);
  return (
    <IconButton name={copied ? texts.actions.copied : name} onClick={copy}>
      {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
    </IconButton>
  );
}
