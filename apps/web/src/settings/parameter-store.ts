import { createKept, fieldsOf } from '../kept.ts';
import type { ParameterName, Parameters } from './parameters.ts';

/** Parameters under a name. */
export interface Preset {
  readonly name: string;
  readonly parameters: Parameters;
}

/** What holds for the questions to come. */
export const parameters = createKept<Parameters>('streambed.parameters', readParameters);

/** What this browser has kept under names. */
export const presets = createKept<readonly Preset[]>('streambed.presets', (kept) =>
  (Array.isArray(kept) ? kept : []).flatMap((one) => {
    const { name, parameters: set } = fieldsOf(one);
    return typeof name === 'string' && name !== '' ? [{ name, parameters: readParameters(set) }] : [];
  }),
);

const maxPresets = 100;

/** Sets one parameter; `undefined` leaves it to the model again. */
export function setParameter<Name extends ParameterName>(
  name: Name,
  value: Parameters[Name] | undefined,
): void {
  const { [name]: _, ...rest } = parameters.get();
  parameters.set(value === undefined || value === '' ? rest : { ...rest, [name]: value });
}

/** Keeps what is set now under a name; what had the name before is replaced. */
export function savePreset(name: string): void {
  const others = presets.get().filter((preset) => preset.name !== name);
  presets.set([...others, { name, parameters: parameters.get() }].slice(-maxPresets));
}

export function removePreset(name: string): void {
  presets.set(presets.get().filter((preset) => preset.name !== name));
}

/** The preset that says just what is set now. */
export function presetOf(set: Parameters, all: readonly Preset[]): Preset | undefined {
  const wanted = canonical(set);
  return all.find((preset) => canonical(preset.parameters) === wanted);
}

function canonical(set: Parameters): string {
  return JSON.stringify(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readParameters(kept: unknown): Parameters {
  const fields = fieldsOf(kept);
  const number = (name: string) =>
    typeof fields[name] === 'number' && Number.isFinite(fields[name]) ? { [name]: fields[name] } : {};
  const text = (name: string) =>
    typeof fields[name] === 'string' && fields[name] !== '' ? { [name]: fields[name] } : {};
  const { thinking } = fields;
  return {
    ...text('system'),
    ...text('effort'),
    ...number('temperature'),
    ...number('topP'),
    ...number('maxTokens'),
    ...number('budget'),
    ...((thinking === 'on' || thinking === 'off') && { thinking }),
  };
}
