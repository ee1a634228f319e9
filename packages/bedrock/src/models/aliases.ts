/**
 * The names that work without configuration. Each leads to one model: the first of its choices that can be called
 * from the region without leaving its geography, as far as is known here. A model whose bare id can be called is taken
 * as callable: AWS has the last word on which regions offer it.
 */
export const shippedAliases: Readonly<Record<string, readonly string[]>> = {
  // The tutorial's two names. Haiku 4.5 is the cheapest current Claude; GovCloud has no profile of it.
  anthropic: ['anthropic.claude-haiku-4-5-20251001-v1:0', 'anthropic.claude-sonnet-4-5-20250929-v1:0'],
  // Profiles first, the best model first. Llama 3 70B has none and is called by its bare id.
  llama3: [
    'meta.llama3-3-70b-instruct-v1:0',
    'meta.llama3-2-3b-instruct-v1:0',
    'meta.llama3-70b-instruct-v1:0',
  ],
  'claude-haiku': ['anthropic.claude-haiku-4-5-20251001-v1:0'],
  'claude-sonnet': [
    'anthropic.claude-sonnet-5',
    'anthropic.claude-sonnet-4-6',
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
  ],
  'claude-opus': ['anthropic.claude-opus-5', 'anthropic.claude-opus-4-8'],
  llama4: ['meta.llama4-maverick-17b-instruct-v1:0'],
  'nova-pro': ['amazon.nova-pro-v1:0'],
  // Nova 2 Lite costs many times what Nova Lite does, so it has its own name.
  'nova-lite': ['amazon.nova-lite-v1:0'],
  'nova-2-lite': ['amazon.nova-2-lite-v1:0'],
  'nova-micro': ['amazon.nova-micro-v1:0'],
  'mistral-large': ['mistral.mistral-large-3-675b-instruct'],
  magistral: ['mistral.magistral-small-2509'],
  deepseek: ['deepseek.v3.2'],
  qwen: ['qwen.qwen3-235b-a22b-2507-v1:0'],
  'qwen-coder': ['qwen.qwen3-coder-480b-a35b-v1:0'],
  'gpt-oss': ['openai.gpt-oss-120b-1:0'],
  'gpt-oss-20b': ['openai.gpt-oss-20b-1:0'],
  kimi: ['moonshotai.kimi-k2.5'],
  glm: ['zai.glm-5'],
  minimax: ['minimax.minimax-m2.5'],
  gemma: ['google.gemma-3-27b-it'],
  nemotron: ['nvidia.nemotron-super-3-120b'],
  'command-r': ['cohere.command-r-plus-v1:0'],
  jamba: ['ai21.jamba-1-5-large-v1:0'],
  palmyra: ['writer.palmyra-x5-v1:0'],
};
