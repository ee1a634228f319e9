/** What one speaker said, as plain text. */
export interface Turn {
  readonly role: 'system' | 'user' | 'assistant';
  readonly text: string;
}

/** How a generation of Llama wants a conversation written (Meta's model cards; BOS, headers, turn ends). */
export interface LlamaTemplate {
  /**
   * The prompt, up to where the model goes on. A last turn of the assistant is left open: the model continues it.
   * `turns` come merged, no two of one role in a row.
   */
  print(turns: readonly Turn[]): string;
}

/**
 * Llama 3 to 3.3. `\n\n` is part of the format, other line breaks here are not:
 *
 *     <|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\n…<|eot_id|>
 *     <|start_header_id|>user<|end_header_id|>\n\n…<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n
 */
export const llama3: LlamaTemplate = {
  print(turns) {
    const open = turns.at(-1)?.role === 'assistant';
    const written = turns.map(({ role, text }, index) => {
      const last = open && index === turns.length - 1;
      // Meta's own code strips each turn too. The open one keeps its end: the model goes on right behind it.
      const said = neutralise(last ? text.trimStart() : text.trim(), llama3Tokens);
      return `${header(role)}${said}${last ? '' : '<|eot_id|>'}`;
    });
    return `<|begin_of_text|>${written.join('')}${open ? '' : header('assistant')}`;
  },
};

function header(role: Turn['role']): string {
  return `<|start_header_id|>${role}<|end_header_id|>\n\n`;
}

/**
 * Llama 2 chat. The system prompt stands inside the first user turn:
 *
 *     <s>[INST] <<SYS>>\n{system}\n<</SYS>>\n\n{user} [/INST] {answer} </s><s>[INST] {user} [/INST]
 */
export const llama2: LlamaTemplate = {
  print(turns) {
    let prompt = '';
    let system = '';
    for (const [index, { role, text }] of turns.entries()) {
      const said = neutralise(text.trim(), llama2Tokens);
      if (role === 'system') {
        system = `<<SYS>>\n${said}\n<</SYS>>\n\n`;
      } else if (role === 'user') {
        prompt += `<s>[INST] ${system}${said} [/INST]`;
        system = '';
      } else {
        prompt += index === turns.length - 1 ? ` ${said}` : ` ${said} </s>`;
      }
    }
    return prompt;
  },
};

/** Anything shaped like a special token, also the reserved ones and those of other generations. */
const llama3Tokens = /<(?=\|[^|<>\s]{1,64}\|>)/g;
const llama2Tokens = /[<[](?=\/?(?:s>|INST\]|<SYS>>|<\/SYS>>))/gi;

/**
 * Special tokens are all that separates the speakers, so one in somebody's text could speak as another. A blank after
 * its first letter makes it ordinary text that still reads the same. Putting in, unlike taking out, can't make a new
 * token of the pieces.
 */
function neutralise(text: string, tokens: RegExp): string {
  return text.replace(tokens, (first) => `${first} `);
}
