import { HttpRefusal } from '@streambed/client';
import { type FormEvent, useId, useState } from 'react';
import { signInTexts as words } from '../texts/sign-in.ts';
import { Sign } from '../ui/sign.tsx';
import type { Session } from './session.ts';

/** In the place of the page, where the server wants a key and this browser has not signed in. */
export function SignIn({ session }: { readonly session: Session }) {
  const [key, setKey] = useState('');
  const [busy, setBusy] = useState(false);
  const [refusal, setRefusal] = useState<string>();
  const [field, why] = [useId(), useId()];
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setRefusal(undefined);
    session.signIn(key).catch((thrown: unknown) => {
      setRefusal(thrown instanceof HttpRefusal ? thrown.message : words.lost);
      setBusy(false);
    });
  };
  return (
    <main className="column flex min-h-dvh max-w-[26rem] flex-col justify-center py-8">
      <Sign flow={busy ? 'moving' : 'steady'} size={44} />
      <h1 className="mt-5 text-2xl/8 font-semibold tracking-[-0.022em] text-balance">{words.title}</h1>
      <p className="mt-3 text-[0.9375rem]/6 text-ink-quiet">{words.how}</p>
      <form onSubmit={submit} className="mt-6">
        <label htmlFor={field} className="text-small font-medium">
          {words.key}
        </label>
        <input
          id={field}
          // A password manager keeps it where the person wants that.
          type="password"
          name="key"
          autoComplete="current-password"
          autoCapitalize="none"
          spellCheck={false}
          // biome-ignore lint/a11y/noAutofocus: there is nothing else to do here.
          autoFocus
          required
          placeholder={words.placeholder}
          aria-invalid={refusal !== undefined}
          aria-describedby={refusal === undefined ? undefined : why}
          className="field mt-1.5 min-h-10 font-mono"
          value={key}
          onChange={(event) => setKey(event.target.value)}
        />
        {refusal !== undefined && (
          <p id={why} role="alert" className="mt-2 text-small text-loss">
            {refusal}
          </p>
        )}
        <button
          type="submit"
          className="main-button mt-4 min-h-10 w-full"
          disabled={busy || key.trim() === ''}
        >
          {busy ? words.signingIn : words.signIn}
        </button>
      </form>
      <p className="mt-6 text-small text-ink-quiet">
        {words.noKey} <code className="font-mono text-[0.75rem] whitespace-nowrap">{words.command}</code>
      </p>
    </main>
  );
}
