import { type ModelFacts, models } from '@streambed/model-facts';
import { aboutEmulator } from './about.ts';

/** Prompts that show what the demo model can do; each one works. */
export const examplePrompts: readonly string[] = [
  'What is Streambed?',
  'How do I connect my AWS account?',
  'Show me Markdown with a table and code',
  'Write a Rust program',
  'Write 600 words',
  'Show me Unicode from around the world',
  'Count to 30',
];

function whatItIs(model: ModelFacts): string {
  return `I am Streambed's local demo model, not ${model.name}: the name only says which model's wire format I speak just now. I'm a small program on your own machine with no neural network in me. I know Streambed's own documentation and a few tricks.`;
}

function examples(): string {
  return examplePrompts.map((prompt) => `- ${prompt}`).join('\n');
}

/** Greetings, thanks, "who are you", "help": whatever is about the conversation itself. */
export function smallTalk(prompt: string, model: ModelFacts): string | undefined {
  const text = prompt.trim();
  const short = text.length <= 60;
  if (/^\/?help\b\W*$/i.test(text) || /\bwhat (can|do) you (do|know)\b|\bhow can you help\b/i.test(text))
    return help(model);
  if (
    /\b(who|what) (are|r) (you|u)\b|\b(are|r) (you|u) (really |a |an |the )*(real|claude|llama|gpt|chatgpt|human|ai|bot|robot|model|llm)\b|\b(which|what) (ai |language )?model\b.*\b(you|this)\b|\byour name\b|\bintroduce yourself\b/i.test(
      text,
    )
  )
    return `${whatItIs(model)}\n\nTo talk to the real one, give Streambed AWS credentials and start it again. Until then, try one of these:\n\n${examples()}`;
  if (
    short &&
    /^(hi|hello|hey|hej|hola|hallo|moin|servus|bonjour|salut|ciao|ola|olá|namaste|good (morning|afternoon|evening)|greetings|yo|howdy|ping|test)( there| everyone| streambed| claude| llama)?\b\W*$/i.test(
      text,
    )
  )
    return `Hello! I'm Streambed's local demo model: no account, no cost, and no real ${model.provider} model behind me. Ask me about Streambed, or try:\n\n${examples()}`;
  if (
    short &&
    /^(thanks|thank you|thx|cheers|great|cool|nice|perfect|awesome|wonderful|ok(ay)?|got it)\b.{0,30}$/i.test(
      text,
    )
  )
    return "You're welcome. There is more where that came from: ask about Streambed, or say “Show me a table”.";
  if (short && /^(bye|goodbye|see you|cya|good night|ciao)\b\W*$/i.test(text))
    return 'Goodbye! I keep nothing: every request brings its whole conversation along.';
  if (short && /^how are you\b/i.test(text))
    return 'Deterministic, thank you: the same question gets the same answer. What would you like to know about Streambed?';
  return undefined;
}

export function help(model: ModelFacts): string {
  const directives = aboutEmulator.find(({ title }) => title.endsWith('directives in a prompt'));
  return `${whatItIs(model)}

**Ask me** about Streambed, or say one of these:

${examples()}

**For tests**: ${directives?.text ?? ''}`;
}

/** For everything else: no pretending. */
export function dontKnow(prompt: string, model: ModelFacts, attached: boolean): string {
  const subject = prompt.trim().replace(/\s+/g, ' ');
  const shown = subject.length > 80 ? `${subject.slice(0, 77).trimEnd()}…` : subject;
  const about = shown === '' ? "I can't answer that" : `I don't know anything about “${shown}”`;
  const seen = attached ? " I can see that something is attached, but I can't look at it." : '';
  return `${about}: I'm Streambed's local demo model, not ${model.name}, and I don't make facts up.${seen} With AWS credentials in the environment Streambed asks the real model instead.

What I can do:

${examples()}`;
}

/** What an attachment gets for an answer. */
export function aboutAttachments(kinds: readonly string[], model: ModelFacts): string {
  const list = kinds.map((kind) => `- ${kind}`).join('\n');
  return `I received ${kinds.length === 1 ? 'an attachment' : `${kinds.length} attachments`}:\n\n${list}\n\nThe bytes arrived in good order, but I'm Streambed's local demo model and can't look at them. The real ${model.name} could.`;
}

/** "Which models are there?" is a fact the emulator does know. */
export function modelTable(): string {
  const rows = models
    .filter((one) => one.nativeBody === 'claude-messages' || one.nativeBody === 'llama-prompt')
    .filter((one) => one.lifecycle === undefined && one.family !== 'claude-legacy')
    .map((one) => {
      const id = one.onDemand
        ? one.id
        : (one.inferenceProfiles.find((profile) => profile.startsWith('us.')) ?? one.id);
      return `| ${one.name} | \`${id}\` | ${one.contextWindow?.toLocaleString('en-US') ?? '—'} |`;
    });
  return `These are the models whose native bodies the emulator speaks:\n\n| model | id to call | context window |\n| --- | --- | ---: |\n${rows.join('\n')}`;
}
