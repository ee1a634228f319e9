/** One model a shipped alias may lead to. */
export interface AliasChoice {
  readonly model: string;
  /** Regions that offer the bare id on demand; absent: not known to be limited. */
  readonly onDemandIn?: readonly string[];
}

/**
 * The names that work without configuration. Each leads to one model: the first of its choices that can be called
 * from the region without leaving its geography.
 */
export const shippedAliases: Readonly<Record<string, readonly AliasChoice[]>> = {
  // The tutorial's two names. Haiku 4.5 is the cheapest current Claude; GovCloud has no profile of it.
  anthropic: [
    { model: 'anthropic.claude-haiku-4-5-20251001-v1:0' },
    { model: 'anthropic.claude-sonnet-4-5-20250929-v1:0' },
  ],
  // Llama 3.3 has only a us. profile. Elsewhere: 3 70B on demand where AWS's region table lists it, else 3.2 3B by eu.
  llama3: [
    { model: 'meta.llama3-3-70b-instruct-v1:0' },
    {
      model: 'meta.llama3-70b-instruct-v1:0',
      onDemandIn: ['us-east-1', 'us-west-2', 'us-gov-west-1', 'ca-central-1', 'eu-west-2', 'ap-south-1'],
    },
    { model: 'meta.llama3-2-3b-instruct-v1:0' },
  ],
  'claude-haiku': [{ model: 'anthropic.claude-haiku-4-5-20251001-v1:0' }],
  'claude-sonnet': [
    { model: 'anthropic.claude-sonnet-5' },
    { model: 'anthropic.claude-sonnet-4-6' },
    { model: 'anthropic.claude-sonnet-4-5-20250929-v1:0' },
  ],
  'claude-opus': [{ model: 'anthropic.claude-opus-5' }, { model: 'anthropic.claude-opus-4-8' }],
};
