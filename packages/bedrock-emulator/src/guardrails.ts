export type GuardrailAction = 'BLOCK' | 'ANONYMIZE';

/** Kinds of personal data that are recognised, each by a pattern. */
export const piiPatterns = {
  EMAIL: /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g,
  PHONE: /(?<![\w.])\+?\d[\d ()/-]{7,}\d(?![\w.])/g,
  US_SOCIAL_SECURITY_NUMBER: /\b\d{3}-\d{2}-\d{4}\b/g,
  CREDIT_DEBIT_CARD_NUMBER: /\b(?:\d[ -]?){13,16}\b/g,
  IP_ADDRESS: /\b(?:\d{1,3}\.){3}\d{1,3}\b/g,
  URL: /\bhttps?:\/\/[^\s"'<>]+/g,
} as const;

export type PiiType = keyof typeof piiPatterns;

export type ContentFilter = 'SEXUAL' | 'VIOLENCE' | 'HATE' | 'INSULTS' | 'PROMPT_ATTACK' | 'MISCONDUCT';

/** A guardrail as simple as a test wants it: what it finds is decided by words and patterns alone. */
export interface EmulatorGuardrail {
  readonly id: string;
  /** Default `1` and `DRAFT`. */
  readonly versions?: readonly string[];
  /** Custom words, found as whole words in any case. */
  readonly words?: readonly string[];
  readonly pii?: Readonly<Partial<Record<PiiType, GuardrailAction>>>;
  readonly regexes?: readonly {
    readonly name: string;
    readonly pattern: string;
    readonly action: GuardrailAction;
  }[];
  /** Denied topics, each found by any of its words. */
  readonly topics?: readonly { readonly name: string; readonly words: readonly string[] }[];
  /** Content filters, each found by any of its words. */
  readonly filters?: readonly { readonly type: ContentFilter; readonly words?: readonly string[] }[];
  /** What a blocked prompt and a blocked answer are replaced by. */
  readonly blockedInput?: string;
  readonly blockedOutput?: string;
}

const defaultMessage = 'Sorry, the model cannot answer this question.';

interface Finding {
  readonly action: 'BLOCKED' | 'ANONYMIZED' | 'NONE';
  readonly detected: boolean;
}

/** What a guardrail makes of some texts. */
export interface GuardrailVerdict {
  readonly action: 'NONE' | 'BLOCKED' | 'ANONYMIZED';
  /** The texts as they may pass; one blocking message where they may not. */
  readonly outputs: readonly string[];
  readonly words: readonly (Finding & { readonly match: string })[];
  readonly pii: readonly (Finding & { readonly match: string; readonly type: PiiType })[];
  readonly regexes: readonly (Finding & {
    readonly match: string;
    readonly name: string;
    readonly regex: string;
  })[];
  readonly topics: readonly (Finding & { readonly name: string; readonly type: 'DENY' })[];
  readonly filters: readonly (Finding & {
    readonly confidence: 'HIGH' | 'NONE';
    readonly filterStrength: 'HIGH';
    readonly type: ContentFilter;
  })[];
}

/** Finds the guardrail a request names, by id or ARN and version. */
export function findGuardrail(
  guardrails: readonly EmulatorGuardrail[],
  identifier: string,
  version: string,
): EmulatorGuardrail | undefined {
  const id = /^arn:aws[a-z-]*:bedrock:[a-z0-9-]+:\d{12}:guardrail\/(.+)$/.exec(identifier)?.[1] ?? identifier;
  return guardrails.find((one) => one.id === id && (one.versions ?? ['1', 'DRAFT']).includes(version));
}

/** Looks through texts. What was looked for and not found is listed as well, undetected. */
export function assess(
  guardrail: EmulatorGuardrail,
  source: 'INPUT' | 'OUTPUT',
  texts: readonly string[],
): GuardrailVerdict {
  const whole = texts.join('\n');
  const findings = <T extends object>(
    matches: readonly string[],
    action: GuardrailAction,
    rest: T,
  ): (Finding & { match: string } & T)[] =>
    matches.length === 0
      ? [{ action: 'NONE', detected: false, match: '', ...rest }]
      : [...new Set(matches)].map((match) => ({
          action: action === 'BLOCK' ? 'BLOCKED' : 'ANONYMIZED',
          detected: true,
          match,
          ...rest,
        }));

  const words = (guardrail.words ?? [])
    .flatMap((word) => findings(matchesOf(whole, wordPattern(word)), 'BLOCK', {}))
    .filter(({ detected }) => detected);
  const pii = Object.entries(guardrail.pii ?? {}).flatMap(([type, action]) =>
    findings(matchesOf(whole, piiPatterns[type as PiiType]), action, { type: type as PiiType }),
  );
  const regexes = (guardrail.regexes ?? []).flatMap(({ name, pattern, action }) =>
    findings(matchesOf(whole, new RegExp(pattern, 'gu')), action, { name, regex: pattern }),
  );
  const holdsAny = (its: readonly string[]) =>
    its.some((word) => matchesOf(whole, wordPattern(word)).length > 0);
  const filters = (guardrail.filters ?? []).map(({ type, words: its = [] }) => {
    const detected = holdsAny(its);
    const confidence = detected ? ('HIGH' as const) : ('NONE' as const);
    const action = detected ? ('BLOCKED' as const) : ('NONE' as const);
    return { action, confidence, detected, filterStrength: 'HIGH', type } as const;
  });
  const topics = (guardrail.topics ?? []).map(({ name, words: its }) => {
    const detected = holdsAny(its);
    return { action: detected ? 'BLOCKED' : 'NONE', detected, name, type: 'DENY' } as const;
  });

  const all: readonly Finding[] = [...words, ...pii, ...regexes, ...topics, ...filters];
  const blocked = all.some(({ action }) => action === 'BLOCKED');
  const masked = [
    ...pii.map(({ match, type, action }) => ({ match, by: `{${type}}`, action })),
    ...regexes.map(({ match, name, action }) => ({ match, by: `{${name}}`, action })),
  ].filter(({ action }) => action === 'ANONYMIZED');
  const message = source === 'INPUT' ? guardrail.blockedInput : guardrail.blockedOutput;
  return {
    action: blocked ? 'BLOCKED' : masked.length > 0 ? 'ANONYMIZED' : 'NONE',
    outputs: blocked
      ? [message ?? defaultMessage]
      : texts.map((text) => masked.reduce((sofar, { match, by }) => sofar.replaceAll(match, by), text)),
    words,
    pii,
    regexes,
    topics,
    filters,
  };
}

function matchesOf(text: string, pattern: RegExp): readonly string[] {
  return text.match(pattern) ?? [];
}

function wordPattern(word: string): RegExp {
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu');
}
