import { once } from 'node:events';
import { WebSocket } from 'ws';
import { answerPieces } from './answer.ts';

/** What is asked of a server: so many sockets, each asking so often for so many tokens. */
export interface Load {
  readonly sockets: number;
  readonly prompts: number;
  readonly tokens: number;
  /** Tokens a second that the model writes on each socket; absent: as fast as they are taken. */
  readonly perSecond?: number;
}

export interface Outcome {
  /** Tokens relayed: every one of them arrived, or `run` throws. */
  readonly tokens: number;
  readonly seconds: number;
}

/** Asks, reads every answer to its end and compares it with what the model said. */
export async function run(url: string, load: Load): Promise<Outcome> {
  const target = `${url.replace('http', 'ws')}/ws/model?model=anthropic&streaming=1`;
  const sockets = await Promise.all(Array.from({ length: load.sockets }, () => open(target)));
  const pace = load.perSecond === undefined ? '' : ` at ${load.perSecond}`;
  const prompt = `${load.tokens} tokens${pace}`;
  const expected = answerPieces(load.tokens).join('');
  const start = performance.now();
  await Promise.all(
    sockets.map(async (socket) => {
      for (let asked = 0; asked < load.prompts; asked += 1) {
        const text = await ask(socket, prompt, expected.length);
        if (text !== expected) throw new Error(`an answer is not what the model said: …${text.slice(-200)}`);
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  for (const socket of sockets) socket.terminate();
  return { tokens: load.sockets * load.prompts * load.tokens, seconds };
}

async function open(target: string): Promise<WebSocket> {
  const socket = new WebSocket(target);
  await once(socket, 'open');
  return socket;
}

/** One prompt's answer, whole: /ws/model has no end mark, its length is known. */
function ask(socket: WebSocket, prompt: string, length: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const messages: string[] = [];
    let received = 0;
    const end = (error?: Error) => {
      socket.off('message', onMessage).off('close', onClose);
      if (error === undefined) resolve(messages.join(''));
      else reject(error);
    };
    const onClose = () => end(new Error(`the socket closed after ${received} of ${length} characters`));
    const onMessage = (data: Buffer) => {
      const text = data.toString('utf8');
      messages.push(text);
      received += text.length;
      if (text.startsWith('error: ')) end(new Error(text));
      else if (received >= length) end();
    };
    socket.on('message', onMessage).on('close', onClose);
    socket.send(prompt);
  });
}
