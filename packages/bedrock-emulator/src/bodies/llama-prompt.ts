import type { TurnMessage } from '../turn.ts';

interface LlamaPrompt {
  readonly system: string;
  readonly messages: readonly TurnMessage[];
}

/**
 * Reads the roles out of a prompt in the template of Llama 3, 4 or 2. A prompt in none of them is one user's text, as
 * the model itself would take it.
 */
export function readLlamaPrompt(prompt: string): LlamaPrompt {
  if (prompt.includes('<|start_header_id|>'))
    return readHeaders(
      prompt,
      /<\|start_header_id\|>(?<role>[a-z]+)<\|end_header_id\|>(?<text>[\s\S]*?)(?=<\|start_header_id\|>|$)/g,
    );
  if (prompt.includes('<|header_start|>'))
    return readHeaders(
      prompt,
      /<\|header_start\|>(?<role>[a-z]+)<\|header_end\|>(?<text>[\s\S]*?)(?=<\|header_start\|>|$)/g,
    );
  if (prompt.includes('[INST]')) return readInstructions(prompt);
  return { system: '', messages: [message('user', prompt.replaceAll('<|begin_of_text|>', ''))] };
}

function readHeaders(prompt: string, turns: RegExp): LlamaPrompt {
  const system: string[] = [];
  const messages: TurnMessage[] = [];
  for (const { groups } of prompt.matchAll(turns)) {
    const text = (groups?.text ?? '').replace(/<\|[a-z_]+\|>/g, '').trim();
    if (groups?.role === 'system') system.push(text);
    else if (groups?.role === 'assistant') {
      // The last header is open: there the answer begins.
      if (text !== '') messages.push(message('assistant', text));
    } else messages.push(message('user', text));
  }
  return { system: system.join('\n'), messages };
}

function readInstructions(prompt: string): LlamaPrompt {
  let system = '';
  const messages: TurnMessage[] = [];
  for (const part of prompt.split('[INST]').slice(1)) {
    const [asked = '', answered = ''] = part.split('[/INST]');
    const user = asked.replace(/<<SYS>>([\s\S]*?)<<\/SYS>>/, (_, text: string) => {
      system = text.trim();
      return '';
    });
    messages.push(message('user', user.trim()));
    const answer = answered.replace(/<\/?s>/g, '').trim();
    if (answer !== '') messages.push(message('assistant', answer));
  }
  return { system, messages };
}

function message(role: TurnMessage['role'], text: string): TurnMessage {
  return { role, text, toolUses: [], toolResults: [], attachments: [] };
}
