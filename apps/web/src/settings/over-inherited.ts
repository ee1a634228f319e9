import type { Turn } from '@streambed/client';
import type { Settings } from './parameters.ts';

/**
 * A question that follows another inherits its system prompt and its tools, unless it says otherwise. What the drawer
 * shows is what holds: where nothing is set, that is said. Tools that only one model runs itself stay with that model.
 */
export function overInherited(
  settings: Settings | undefined,
  model: string,
  before: Pick<Turn, 'model' | 'settings'> | undefined,
): Settings | undefined {
  const { system, tools = [] } = before?.settings ?? {};
  const bound = before?.model !== model && tools.some(({ type }) => type?.startsWith('streambed:') === true);
  const said: Settings = {
    ...(system !== undefined && system.length > 0 && { system: [] }),
    ...(bound && { tools: [] }),
    ...settings,
  };
  return Object.keys(said).length === 0 ? undefined : said;
}
