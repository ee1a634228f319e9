import { Check, Copy } from 'lucide-react';
import { texts } from '../texts.ts';
import { useCopied } from './use-copied.ts';

/** Copies what `text` gives at the moment of the click, and says so for two seconds. */
export function CopyButton({
  text,
  className = '',
}: {
  readonly text: () => string;
  readonly className?: string;
}) {
  const { copied, copy } = useCopied(text);
  return (
    <button type="button" className={`quiet-button text-meter ${className}`} onClick={copy}>
      {copied ? <Check size={14} aria-hidden /> : <Copy size={14} aria-hidden />}
      {copied ? texts.actions.copied : texts.actions.copy}
    </button>
  );
}
