import { StreambedError } from '@streambed/protocol';
import type { AliasOptions, AliasTarget } from '../options.ts';
import { isRegion, parseModelId } from './model-id.ts';

/** Throws what is wrong with an alias of the configuration, naming the key. */
export function checkAlias(name: string, alias: AliasOptions, accounts: readonly string[]): void {
  if (alias.targets.length === 0) {
    throw badAlias(`aliases.${name}.targets`, 'expected at least one target');
  }
  for (const [index, target] of alias.targets.entries()) {
    const at = `aliases.${name}.targets[${index}]`;
    if (target.model === undefined && target.profile === undefined) {
      throw badAlias(at, 'expected model or profile');
    }
    for (const key of ['model', 'profile'] as const) {
      const id = target[key];
      if (id !== undefined && parseModelId(id) === undefined) {
        throw badAlias(`${at}.${key}`, `${JSON.stringify(id)} is not a Bedrock id or ARN`);
      }
    }
    const model = modelOf(target);
    const first = modelOf(alias.targets[0]);
    if (model !== undefined && first !== undefined && model !== first && target.fallback !== true) {
      const what = `another model than the first target's (${first}): say fallback: true where that is meant`;
      throw badAlias(`${at}.model`, what);
    }
    if (target.region !== undefined && !isRegion(target.region)) {
      throw badAlias(`${at}.region`, `${JSON.stringify(target.region)} is not an AWS region`);
    }
    if (target.account !== undefined && !accounts.includes(target.account)) {
      throw badAlias(`${at}.account`, `there is no account ${JSON.stringify(target.account)}`);
    }
  }
}

/** The base model that a target names, as far as its id says. */
function modelOf(target: AliasTarget | undefined): string | undefined {
  const id = parseModelId(target?.model ?? target?.profile ?? '');
  return id?.base;
}

/** A fault of an alias, by its key. */
export function badAlias(field: string, what: string): StreambedError {
  return new StreambedError('SB_BAD_REQUEST', `${field}: ${what}`, { field });
}
