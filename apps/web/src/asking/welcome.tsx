import { useConnection } from '@streambed/client/react';
import { ArrowRight } from 'lucide-react';
import { use } from 'react';
import { UpstreamContext } from '../models/upstream.ts';
import { texts } from '../texts.ts';
import { lightOf } from '../ui/connection-light.ts';
import { Sign } from '../ui/sign.tsx';

/** First run: what this is, who answers, and something to try. */
export function Welcome(props: { readonly onAsk: ((prompt: string) => void) | undefined }) {
  const { onAsk } = props;
  const upstream = use(UpstreamContext);
  // Shown when it is whole, so that nothing moves; without a server it is shown without what only the server knows.
  const offline = useConnection((line) => lightOf(line) === 'offline');
  const hidden = upstream === undefined && !offline ? 'invisible' : '';
  return (
    <section
      aria-label={texts.welcome.label}
      className={`column flex min-h-full flex-col justify-center py-10 ${hidden}`}
    >
      <Sign flow="steady" size={44} />
      <h2 className="mt-5 max-w-[22ch] text-[1.75rem]/9 font-semibold tracking-[-0.022em] text-balance max-sm:text-2xl/8">
        {texts.welcome.title}
      </h2>
      <div className="mt-4 min-h-16 max-w-[34rem] text-[0.9375rem]/6 text-ink-quiet">
        {upstream?.kind === 'emulator' && (
          <p data-demo>
            {texts.welcome.demo} {texts.welcome.demoNext}
          </p>
        )}
        {upstream?.kind === 'bedrock' && <p>{texts.welcome.bedrock(upstream.region)}</p>}
      </div>
      <ul className="mt-6 border-t border-stone-2">
        {(upstream === undefined ? [] : texts.welcome.examples[upstream.kind]).map(({ topic, prompt }) => (
          <li key={topic} className="border-b border-stone-2">
            <button
              type="button"
              disabled={onAsk === undefined}
              onClick={() => onAsk?.(prompt)}
              className="group flex w-full items-baseline gap-4 py-3 text-left transition-colors duration-120 enabled:hover:text-flow"
            >
              <span aria-hidden="true" className="w-11 flex-none font-mono text-meter text-ink-quiet">
                {topic}
              </span>
              <span className="grow">{prompt}</span>
              <ArrowRight
                size={15}
                aria-hidden
                className="flex-none self-center text-flow opacity-0 transition-opacity duration-120 group-hover:opacity-100 group-focus-visible:opacity-100"
              />
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
