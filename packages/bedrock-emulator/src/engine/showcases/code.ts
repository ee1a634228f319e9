interface Sample {
  readonly language: string;
  readonly names: RegExp;
  readonly code: string;
}

/** The same small task, counting words, in many languages. */
const samples: readonly Sample[] = [
  {
    language: 'typescript',
    names: /\b(typescript|ts|node(\.?js)?)\b/i,
    code: `/** How often each word stands in a text, most frequent first. */
export function countWords(text: string): [word: string, count: number][] {
  const counts = new Map<string, number>();
  for (const [word] of text.toLowerCase().matchAll(/\\p{L}+/gu)) {
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

console.log(countWords('The stream and the bed of the stream'));`,
  },
  {
    language: 'python',
    names: /\b(python|py)\b/i,
    code: `from collections import Counter
import re


def count_words(text: str) -> list[tuple[str, int]]:
    """How often each word stands in a text, most frequent first."""
    return Counter(re.findall(r"\\w+", text.lower())).most_common()


if __name__ == "__main__":
    for word, count in count_words("The stream and the bed of the stream"):
        print(f"{count:>3}  {word}")`,
  },
  {
    language: 'rust',
    names: /\brust\b/i,
    code: `use std::collections::HashMap;

/// How often each word stands in a text, most frequent first.
fn count_words(text: &str) -> Vec<(String, usize)> {
    let mut counts = HashMap::new();
    for word in text.split_whitespace() {
        *counts.entry(word.to_lowercase()).or_insert(0) += 1;
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    sorted
}

fn main() {
    for (word, count) in count_words("The stream and the bed of the stream") {
        println!("{count:>3}  {word}");
    }
}`,
  },
  {
    language: 'go',
    names: /\b(golang|go)\b/i,
    code: `package main

import (
	"fmt"
	"strings"
)

// countWords says how often each word stands in a text.
func countWords(text string) map[string]int {
	counts := make(map[string]int)
	for _, word := range strings.Fields(strings.ToLower(text)) {
		counts[word]++
	}
	return counts
}

func main() {
	for word, count := range countWords("The stream and the bed of the stream") {
		fmt.Printf("%3d  %s\\n", count, word)
	}
}`,
  },
  {
    language: 'java',
    names: /\bjava\b/i,
    code: `import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

public class CountWords {
    static Map<String, Long> countWords(String text) {
        return Arrays.stream(text.toLowerCase().split("\\\\W+"))
            .collect(Collectors.groupingBy(word -> word, Collectors.counting()));
    }

    public static void main(String[] args) {
        countWords("The stream and the bed of the stream")
            .forEach((word, count) -> System.out.printf("%3d  %s%n", count, word));
    }
}`,
  },
  {
    language: 'sql',
    names: /\bsql\b/i,
    code: `-- Tokens per model and day, the busiest first.
SELECT date(started_at)   AS day,
       model,
       count(*)           AS generations,
       sum(output_tokens) AS output_tokens
FROM generations
WHERE started_at >= date('now', '-7 days')
GROUP BY day, model
ORDER BY output_tokens DESC
LIMIT 20;`,
  },
  {
    language: 'bash',
    names: /\b(bash|shell|sh|zsh)\b/i,
    code: `#!/usr/bin/env bash
set -euo pipefail

# The ten most frequent words of a file, or of standard input.
tr -cs '[:alpha:]' '\\n' < "\${1:-/dev/stdin}" |
  tr '[:upper:]' '[:lower:]' |
  sort | uniq -c | sort -rn | head -n 10`,
  },
  {
    language: 'html',
    names: /\b(html|css)\b/i,
    code: `<!doctype html>
<meta charset="utf-8" />
<title>A stream</title>
<style>
  body { font: 16px/1.5 system-ui; display: grid; place-items: center; min-height: 100vh; }
  p { border-left: 4px solid teal; padding-left: 1rem; }
</style>
<p>Tokens arrive <em>one by one</em>.</p>`,
  },
  {
    language: 'c',
    names: /\bc(?![\w+#])\b|\bc language\b/i,
    code: `#include <ctype.h>
#include <stdio.h>

/* Counts the words on standard input. */
int main(void) {
    int c, inside = 0;
    long words = 0;
    while ((c = getchar()) != EOF) {
        if (isspace(c)) inside = 0;
        else if (!inside) { inside = 1; words++; }
    }
    printf("%ld\\n", words);
    return 0;
}`,
  },
  {
    language: 'javascript',
    names: /\b(javascript|js|browser)\b/i,
    code: `// Talks to Streambed's plain WebSocket: text in, text out.
const socket = new WebSocket('ws://127.0.0.1:8080/ws/model?model=anthropic&streaming=1');

socket.addEventListener('open', () => socket.send('What is Streambed?'));
socket.addEventListener('message', ({ data }) => process.stdout.write(data));`,
  },
];

const titles: Readonly<Record<string, string>> = {
  typescript: 'TypeScript',
  python: 'Python',
  rust: 'Rust',
  go: 'Go',
  java: 'Java',
  sql: 'SQL',
  bash: 'Bash',
  html: 'HTML',
  c: 'C',
  javascript: 'JavaScript',
};

/** A program in the language the prompt names; else, and for follow-ups, the next one in the list. */
export function code(prompt: string, variant: number): string {
  const named = samples.filter(({ names }) => names.test(prompt));
  const several = named.length > 1 && variant === 0;
  if (several) return named.map(block).join('\n\n');
  const start = named[0] === undefined ? 0 : samples.indexOf(named[0]);
  const sample = samples[(start + variant) % samples.length];
  return sample === undefined ? '' : `${block(sample)}\n\nSay “another” for the next language.`;
}

/** Whether the prompt names a language there is a sample for. */
export function namesLanguage(prompt: string): boolean {
  return samples.some(({ names, language }) => !['c', 'go'].includes(language) && names.test(prompt));
}

function block({ language, code: text }: Sample): string {
  return `A small program in ${titles[language] ?? language}:\n\n\`\`\`${language}\n${text}\n\`\`\``;
}
