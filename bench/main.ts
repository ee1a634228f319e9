/**
 * `npm run bench -- [GROUP] [OPTIONS]`. Each group measures one thing and knows its own options; the first is the one
 * that runs when none is named.
 */
const groups = {
  relay: { file: './relay/run.ts', what: 'the cost of a relayed token, beside other servers' },
  log: { file: './stream-log.ts', what: 'the cost of the stream log' },
  server: { file: './server.ts', what: 'start, idle sockets, running generations, slow and late readers' },
  memory: { file: './memory.ts', what: "whether memory grows over minutes of answers at a model's pace" },
  chat: {
    file: './chat/run.ts',
    what: 'the chat in a browser: a long conversation, answers streaming, somebody typing',
  },
  codec: { file: './event-stream.ts', what: "event-stream frames, beside AWS's own codec" },
} as const;

const [first = 'relay', ...rest] = process.argv.slice(2);
const named = Object.hasOwn(groups, first);
if (!named && !first.startsWith('-')) {
  const list = Object.entries(groups).map(([name, { what }]) => `  ${name.padEnd(8)}${what}`);
  console.error(`There is no group "${first}". There are:\n${list.join('\n')}`);
  process.exit(1);
}
const group = groups[named ? (first as keyof typeof groups) : 'relay'];
process.argv.splice(2, process.argv.length, ...(named ? rest : process.argv.slice(2)));
await import(group.file);
