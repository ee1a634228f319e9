import { say, startEmulator } from '@streambed/bedrock-emulator';
import { answerPieces } from './answer.ts';
import { serveContestant } from './child.ts';

/** The emulator, in a process of its own: answers as many tokens as the prompt asks for, at the pace it asks for. */
await serveContestant(async () => {
  const pieces = new Map<number, readonly string[]>();
  const emulator = await startEmulator({
    pace: 'instant',
    script: ({ prompt }) => {
      const asked = /(\d+) tokens(?: at (\d+))?/.exec(prompt);
      const count = Number(asked?.[1] ?? 1);
      if (!pieces.has(count)) pieces.set(count, answerPieces(count));
      const reply = say(pieces.get(count) ?? []);
      const perSecond = Number(asked?.[2] ?? 0);
      return perSecond === 0
        ? reply
        : { ...reply, pace: { firstTokenMs: 50, tokensPerSecond: perSecond, jitter: 0.3 } };
    },
  });
  return emulator.url;
});
