import { fieldsOf } from '../kept.ts';
import type { Parameters } from './parameters.ts';

/** Parameters out of what was kept, whatever it is: what is none of them is left out. */
export function readParameters(kept: unknown): Parameters {
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

/** Whether both say the same. */
export function sameParameters(one: Parameters, other: Parameters): boolean {
  return canonical(one) === canonical(other);
}

function canonical(set: Parameters): string {
  return JSON.stringify(Object.entries(set).sort(([a], [b]) => (a < b ? -1 : 1)));
}
