import { catalogueOf } from '../../packages/bedrock/src/catalogue/catalogue.ts';
import { models as facts } from '../../packages/model-facts/src/index.ts';

/** @typedef {import('../../packages/model-facts/src/index.ts').ModelFacts} ModelFacts */
/** @typedef {import('../../packages/bedrock/src/index.ts').CatalogueModel} CatalogueModel */

/** What a name leads to depends on the region: the page says which one it was made for. */
const region = 'us-east-1';
const { models, date } = catalogueOf({ region });
const byId = new Map(facts.map((model) => [model.id, model]));

const kinds = {
  chat: 'writes',
  embedding: 'embeds',
  rerank: 'ranks',
  speech: 'speaks',
};

/** @param {CatalogueModel} model */
function row(model) {
  const known = /** @type {ModelFacts} */ (byId.get(model.id));
  const names = model.aliases.map((alias) => `\`${alias}\``).join(', ');
  const name = `${model.name}${names === '' ? '' : ` (${names})`}<br>\`${model.id}\``;
  const cells = [
    name,
    `${tokens(model.contextWindow)} / ${tokens(model.maxOutput)}`,
    model.modalities.input.join(', '),
    can(known),
    calledBy(known),
    ...prices(known),
    notes(model),
  ];
  return `| ${cells.join(' | ')} |`;
}

/** @param {number | undefined} count */
function tokens(count) {
  if (count === undefined) return '?';
  if (count >= 1_000_000) return `${Number((count / 1_000_000).toFixed(1))}M`;
  return count >= 1_000 ? `${Math.round(count / 1_000)}k` : String(count);
}

/** @param {ModelFacts} model */
function can(model) {
  if (model.kind !== 'chat') return kinds[model.kind];
  const parts = [
    [model.streaming, 'streams'],
    [model.tools, model.toolsWhileStreaming === false ? 'tools¹' : 'tools'],
    [model.thinking?.supported, 'thinking'],
    [model.promptCaching?.supported, model.promptCaching?.ttl1h === true ? 'caching (1 h)' : 'caching'],
    [model.structuredOutput, 'schemas'],
  ];
  return parts.flatMap(([yes, word]) => (yes === true ? [word] : [])).join(', ');
}

/** @param {ModelFacts} model */
function calledBy(model) {
  if (!model.endpoints.includes('runtime')) return 'OpenAI-compatible endpoints only';
  const prefixes = model.inferenceProfiles.map((id) => `\`${id.slice(0, id.indexOf('.') + 1)}\``);
  return [...(model.onDemand ? ['its id'] : []), ...prefixes].join(' ') || '?';
}

/** Input, output, cache: of a geography's profile or in-region; behind a slash through `global.`, where it differs. */
/** @param {ModelFacts} model */
function prices(model) {
  const near = model.prices.us ?? model.prices.inRegion ?? model.prices.eu ?? model.prices.mantle;
  const far = model.prices.global;
  /** @param {'input' | 'output' | 'cacheRead' | 'cacheWrite5m' | 'cacheWrite1h'} kind */
  const both = (kind) => {
    const here = near?.[kind] ?? '';
    const there = far?.[kind];
    return there === undefined || there === here ? here : `${here} / ${there}`;
  };
  return [both('input'), both('output'), both('cacheRead'), both('cacheWrite5m'), both('cacheWrite1h')];
}

/** @param {CatalogueModel} model */
function notes({ lifecycle, id }) {
  const long = Object.values(byId.get(id)?.prices ?? {}).find((scope) => scope.longContext !== undefined);
  return [
    ...(lifecycle.status === 'active' ? [] : [`${lifecycle.status}: ${lifecycle.note ?? ''}`]),
    ...(long?.longContext === undefined ? [] : [`dearer over ${tokens(long.longContext.overInputTokens)}`]),
  ].join('; ');
}

const providers = [...new Set(models.map((model) => model.provider))];
const head = `| model | context / answer | reads | can | called by | input | output | cache read | write 5 m | write 1 h | |
| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |`;
const tables = providers.map((provider) => {
  const rows = models.filter((model) => model.provider === provider).map(row);
  return `## ${provider}\n\n${head}\n${rows.join('\n')}`;
});

/** docs/models.md: the catalogue, for people. */
export const modelsPage = {
  path: 'docs/models.md',
  text: `# Models

What is known of Amazon Bedrock's models, as of **${date}**: AWS's own pages and price list are the authority. The file
behind this page is [packages/model-facts/models.json](../packages/model-facts/models.json), whose README says where each
figure comes from; \`models:\` in [streambed.yaml](configuration.md#the-file) corrects and extends it.

- **Prices** are USD per million tokens, on demand, default tier: of a geography's inference profile or in-region, and
  behind a slash through \`global.\` where that differs. Nothing there: unknown, and so is the cost of an answer then.
- **Called by**: the bare id, or an inference profile with one of these prefixes. Streambed takes the profile of your region's
  own geography by itself, and \`global.\` only where an alias says \`residency: global\`.
- **Context / answer** in tokens; \`?\` is unknown. What isn't listed under **can** the model can't do, or nobody knows that it can.
- **Names** in brackets are the shipped aliases, as they lead from ${region}. Any Bedrock id works too.
- ¹ These refuse tools while they stream: Streambed calls them whole, and you see the same events.

With credentials, \`GET /streambed/v1/models?include=catalogue\` also says which of them your account can call from your region, and why not.

${tables.join('\n\n')}
`,
};
