import { models } from '@streambed/model-facts';

/**
 * Anthropic's own API names and the Bedrock ids they mean: `claude-haiku-4-5-20251001`, without the date
 * (`claude-haiku-4-5`), and with `-latest`. Claude Code and Anthropic's SDKs send these.
 */
export const anthropicNames: ReadonlyMap<string, string> = collect();

function collect(): Map<string, string> {
  const names = new Map<string, string>();
  // Ids sort by date within a line, so a name without a date ends at the newest.
  for (const { id } of models) {
    if (!id.startsWith('anthropic.')) continue;
    const bedrockName = id.slice('anthropic.'.length);
    const dated = anthropicNameOf(id) ?? bedrockName;
    names.set(bedrockName, id);
    names.set(dated, id);
    const undated = dated.replace(/-\d{8}$/, '');
    names.set(undated, id);
    names.set(`${undated}-latest`, id);
  }
  return names;
}

/** What Anthropic's own API calls a Claude of Bedrock's: its id without `anthropic.` and without `-v1:0`. */
export function anthropicNameOf(id: string): string | undefined {
  if (!id.startsWith('anthropic.')) return undefined;
  return id.slice('anthropic.'.length).replace(/(?<=\d.*)-v\d+(:\d+)?$/, '');
}
