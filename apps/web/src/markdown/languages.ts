/** The languages code is coloured in. */
const languages = [
  'bash',
  'c',
  'cpp',
  'csharp',
  'css',
  'diff',
  'docker',
  'go',
  'graphql',
  'hcl',
  'html',
  'http',
  'ini',
  'java',
  'json',
  'kotlin',
  'lua',
  'make',
  'markdown',
  'php',
  'powershell',
  'python',
  'ruby',
  'rust',
  'sql',
  'swift',
  'toml',
  'tsx',
  'typescript',
  'xml',
  'yaml',
] as const;

export type Language = (typeof languages)[number];

const known: ReadonlySet<string> = new Set(languages);

/** Other names people write after a fence. JavaScript is read as TypeScript, whose grammar holds it. */
const aliases: ReadonlyMap<string, Language> = new Map(
  Object.entries({
    'c#': 'csharp',
    'c++': 'cpp',
    cjs: 'typescript',
    console: 'bash',
    cs: 'csharp',
    dockerfile: 'docker',
    gql: 'graphql',
    js: 'typescript',
    javascript: 'typescript',
    json5: 'json',
    jsonc: 'json',
    jsonl: 'json',
    jsx: 'tsx',
    kt: 'kotlin',
    makefile: 'make',
    md: 'markdown',
    mjs: 'typescript',
    mts: 'typescript',
    ps1: 'powershell',
    py: 'python',
    rb: 'ruby',
    rs: 'rust',
    sh: 'bash',
    shell: 'bash',
    shellscript: 'bash',
    svg: 'xml',
    terraform: 'hcl',
    tf: 'hcl',
    ts: 'typescript',
    yml: 'yaml',
    zsh: 'bash',
  } satisfies Record<string, Language>),
);

/** The grammar a fence's word means, if we have it. */
export function languageOf(word: string): Language | undefined {
  const name = word.toLowerCase();
  return known.has(name) ? (name as Language) : aliases.get(name);
}
