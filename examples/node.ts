// An answer in a terminal: `node examples/node.ts "What is a stream?"`, beside `npm start`. Ctrl-C stops the answer, also
// on the server. Stop the server's network in the middle: the answer goes on where it was.
import { createClient } from '@streambed/client';

const [prompt = 'What is a stream?', url = 'http://127.0.0.1:8080'] = process.argv.slice(2);

using client = createClient({ url });
const generation = client.generate({
  model: 'anthropic',
  max_tokens: 1024,
  messages: [{ role: 'user', content: prompt }],
});
process.once('SIGINT', () => generation.cancel());

for await (const event of generation) {
  if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') {
    process.stdout.write(event.delta.text);
  }
  // The server can't go on after what was printed (it lost its log): the answer comes again from its start.
  if (event.type === 'reset') process.stdout.write('\n--- again from the start ---\n');
}

const { phase, stop } = await generation.ended;
console.error(`\n(${phase}${stop?.error ? `: ${stop.error.message}` : ''})`);
process.exitCode = phase === 'completed' ? 0 : 1;
