import type { Turn } from '@streambed/client';
import { systemText } from './from-settings.ts';
import type { Settings } from './parameters.ts';

/**
 * A question that follows another inherits its system prompt and its tools, unless it says otherwise. What the drawer
 * shows is what holds: a prompt that was taken away is said to be none, one that was left stays as it was, in the very
 * blocks a program may have made of it. Tools that only one model runs itself stay with that model.
 */
export function overInherited(
  settings: Settings | undefined,
  model: string,
  before: Pick<Turn, 'model' | 'settings'> | undefined,
): Settings | undefined {
  const { system, tools = [] } = before?.settings ?? {};
  const bound = before?.model !== model && tools.some(({ type }) => type?.startsWith('streambed:') === true);
  const inherited = systemText(system);
  const asked = systemText(settings?.system);
  const said: Settings = {
    ...(bound && { tools: [] }),
    ...settings,
    ...(asked === '' && inherited !== '' && { system: [] }),
    ...(asked !== '' && asked === inherited && system !== undefined && { system }),
  };
  return Object.keys(said).length === 0 ? undefined : said;
}
