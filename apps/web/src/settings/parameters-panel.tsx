import { useReadable } from '@streambed/client/react';
import { RotateCcw } from 'lucide-react';
import { titleOf } from '../models/model-picker.tsx';
import { factsOf } from '../models/model-store.ts';
import { useChosenModel } from '../models/use-chosen-model.ts';
import { usePage } from '../shell/page-context.ts';
import { settingsTexts } from '../texts/settings.ts';
import { Choice } from '../ui/choice.tsx';
import { parameters, setParameter } from './parameter-store.ts';
import { type Offer, offersOf, type ParameterName, type Reason } from './parameters.ts';
import { Presets } from './presets.tsx';
import { RangeField } from './range-field.tsx';

const order: readonly ParameterName[] = ['temperature', 'topP', 'maxTokens', 'thinking', 'budget', 'effort'];

/** What can be set for the questions to come, by what the model can. */
export function ParametersPanel() {
  const models = useReadable(usePage().models);
  const model = useChosenModel(models);
  const set = useReadable(parameters);
  const facts = factsOf(models, model);
  const offers = offersOf(facts, set);
  const words = settingsTexts;
  return (
    <div className="flex grow flex-col gap-6 px-5 pb-6">
      <p className="text-small text-ink-quiet">{words.for(titleOf(models, model) ?? model)}</p>
      <Presets />
      <SystemPrompt offer={offers.system} value={set.system ?? ''} />
      {order.map((name) => (
        <Parameter key={name} name={name} offer={offers[name]} value={set[name]} />
      ))}
      <p>
        <button
          type="button"
          className="plain-button"
          disabled={Object.keys(set).length === 0}
          onClick={() => parameters.set({})}
        >
          <RotateCcw size={14} aria-hidden />
          {words.reset}
        </button>
      </p>
    </div>
  );
}

function SystemPrompt({ offer, value }: { readonly offer: Offer; readonly value: string }) {
  const { names, meanings, systemPlaceholder } = settingsTexts;
  if (offer.type === 'none') return <WhyNot name="system" why={offer.why} />;
  return (
    <label className="block">
      <span className="mb-2 block font-medium">{names.system}</span>
      <textarea
        rows={4}
        value={value}
        placeholder={systemPlaceholder}
        onChange={({ target }) => setParameter('system', target.value)}
        className="field max-h-80 min-h-20 field-sizing-content resize-y placeholder:text-ink-quiet max-sm:text-body"
      />
      <span className="mt-1 block text-small text-ink-quiet">{meanings.system}</span>
    </label>
  );
}

function Parameter(props: {
  readonly name: ParameterName;
  readonly offer: Offer;
  readonly value: string | number | undefined;
}) {
  const { name, offer, value } = props;
  const { names, meanings, values } = settingsTexts;
  switch (offer.type) {
    case 'none':
      return <WhyNot name={name} why={offer.why} />;
    case 'range':
      return (
        <RangeField
          label={names[name]}
          meaning={meanings[name]}
          min={offer.min}
          max={offer.max}
          step={offer.step}
          value={typeof value === 'number' ? value : undefined}
          onChange={(next) => setParameter(name, next)}
        />
      );
    default: {
      const options = offer.type === 'choice' ? offer.values : [];
      return (
        <Choice
          label={names[name]}
          value={typeof value === 'string' && options.includes(value) ? value : ''}
          options={[['', values.default ?? ''], ...options.map((one) => [one, values[one] ?? one] as const)]}
          onChange={(next) => setParameter(name, next as never)}
          meaning={meanings[name]}
        />
      );
    }
  }
}

/** What can't be set says so, in the place where it would be. */
function WhyNot({ name, why }: { readonly name: ParameterName; readonly why: Reason }) {
  return (
    <p data-parameter={name} className="text-small text-ink-quiet">
      <span className="font-medium">{settingsTexts.names[name]}</span>
      <span className="block">{settingsTexts.why[why]}</span>
    </p>
  );
}
