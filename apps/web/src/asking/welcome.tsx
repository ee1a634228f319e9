import type { HeldConversation } from '@streambed/client/conversations';
import { useConnection, useReadable } from '@streambed/client/react';
import { ArrowRight } from 'lucide-react';
import { use } from 'react';
import type { ModelState } from '../models/model-store.ts';
import { UpstreamContext } from '../models/upstream.ts';
import { preferences } from '../preferences.ts';
import { usePage } from '../shell/page-context.ts';
import { texts } from '../texts.ts';
import { lightOf } from '../ui/connection-light.ts';
import { Sign } from '../ui/sign.tsx';
import { type ExampleKind, questionOf } from './examples.ts';
import { pullInMidAnswer } from './pull-in-mid-answer.ts';

/** First run: what this is, who answers, and something to try. */
export function Welcome(props: {
  readonly conversation: HeldConversation;
  readonly models: ModelState;
  readonly model: string;
}) {
  const { conversation, models, model } = props;
  const upstream = use(UpstreamContext);
  const stream = useReadable(preferences, (chosen) => chosen.stream);
  const { line } = usePage();
  // Shown when it is whole, so that nothing moves; without a server it is shown without what only the server knows.
  const offline = useConnection((state) => lightOf(state) === 'offline');
  const hidden = upstream === undefined && !offline ? 'invisible' : '';
  const examples = upstream === undefined ? [] : texts.welcome.examples[upstream.kind];
  const { plug } = texts.welcome;
  return (
    <section
      aria-label={texts.welcome.label}
      className={`column flex min-h-full flex-col justify-center py-8 ${hidden}`}
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
      <ul className="mt-5 border-t border-stone-2">
        {examples.map((example) => (
          <Example
            key={example.topic}
            topic={example.topic}
            prompt={example.prompt}
            disabled={model === ''}
            onClick={() => {
              const kind: ExampleKind | undefined = 'with' in example ? example.with : undefined;
              conversation.ask(questionOf(example.prompt, kind, models, { model, stream }));
            }}
          />
        ))}
        {upstream?.kind === 'emulator' && (
          <Example
            topic={plug.topic}
            prompt={plug.prompt}
            disabled={model === ''}
            onClick={() => pullInMidAnswer(conversation, { prompt: plug.asks, model, stream: true }, line)}
          />
        )}
      </ul>
    </section>
  );
}

function Example(props: {
  readonly topic: string;
  readonly prompt: string;
  readonly disabled: boolean;
  readonly onClick: () => void;
}) {
  return (
    <li className="border-b border-stone-2">
      <button
        type="button"
        disabled={props.disabled}
        onClick={props.onClick}
        className="group flex w-full items-baseline gap-4 py-2.5 text-left transition-colors duration-120 enabled:hover:text-flow"
      >
        <span aria-hidden="true" className="w-11 flex-none font-mono text-meter text-ink-quiet">
          {props.topic}
        </span>
        <span className="grow">{props.prompt}</span>
        <ArrowRight
          size={15}
          aria-hidden
          className="flex-none self-center text-flow opacity-0 transition-opacity duration-120 group-hover:opacity-100 group-focus-visible:opacity-100"
        />
      </button>
    </li>
  );
}
