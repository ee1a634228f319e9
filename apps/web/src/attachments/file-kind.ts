/** What a file is, as far as a model may read it. */
export type FileKind =
  | { readonly kind: 'image'; readonly mediaType: string }
  /** To be read as it is: PDF, Word, Excel. */
  | { readonly kind: 'binary'; readonly mediaType: string }
  | { readonly kind: 'text'; readonly mediaType: string }
  | { readonly kind: 'unknown' };

const office = 'application/vnd.openxmlformats-officedocument';

const binary: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  doc: 'application/msword',
  docx: `${office}.wordprocessingml.document`,
  xls: 'application/vnd.ms-excel',
  xlsx: `${office}.spreadsheetml.sheet`,
};

const texts: Readonly<Record<string, string>> = { csv: 'text/csv', html: 'text/html', md: 'text/markdown' };

/** Endings of what is text though systems don't say so. */
const textEndings =
  /^(txt|text|log|json|jsonl|ya?ml|toml|ini|conf|env|xml|svg|sql|sh|bash|zsh|ps1|bat|js|mjs|cjs|ts|mts|cts|jsx|tsx|css|scss|less|vue|svelte|py|rb|go|rs|java|kt|kts|swift|c|h|cc|cpp|hpp|cs|fs|php|pl|lua|r|jl|scala|clj|ex|exs|erl|hs|ml|tf|hcl|proto|graphql|diff|patch|tex|rst|adoc|srt|vtt|gradle|properties|dockerfile|makefile|cmake|lock|gitignore|editorconfig)$/;

/** By its ending first: systems disagree on types, people see endings. */
export function kindOf(name: string, type: string): FileKind {
  const ending = name.toLowerCase().split('.').at(-1) ?? '';
  const asBinary = Object.hasOwn(binary, ending) ? binary[ending] : undefined;
  if (asBinary !== undefined) return { kind: 'binary', mediaType: asBinary };
  const asText = Object.hasOwn(texts, ending) ? texts[ending] : undefined;
  if (asText !== undefined || ending === 'htm' || ending === 'markdown')
    return { kind: 'text', mediaType: asText ?? (ending === 'htm' ? 'text/html' : 'text/markdown') };
  if (textEndings.test(ending)) return { kind: 'text', mediaType: 'text/plain' };
  if (type.startsWith('image/')) return { kind: 'image', mediaType: type };
  if (type === 'application/pdf') return { kind: 'binary', mediaType: type };
  if (type.startsWith('text/')) return { kind: 'text', mediaType: 'text/plain' };
  return { kind: 'unknown' };
}
