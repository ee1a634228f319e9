import type { MessagesRequest } from '@streambed/client';
import { expect, test } from 'vitest';
import { askOutside } from './support/ask-outside.ts';
import { setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

const thinking: Partial<MessagesRequest> = {
  max_tokens: 4_096,
  thinking: { type: 'enabled', budget_tokens: 1_024 },
};

describeWithChromium('answers', () => {
  const chats = setUpChats();

  const at = (id: string) => ({ server: { url: `${chats.server.url}/#${id}` } });

  test('code is coloured beside the page, wraps on request, and is copied as it is', async () => {
    await using chat = await chats.open();
    const { page, context } = chat;
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await chat.ask('/pace 100\n/code typescript');
    await chat.answered();
    const code = chat.answer().getByRole('figure', { name: 'Code, typescript' });
    await code.locator('pre span[style]').first().waitFor();
    expect(page.workers()).toHaveLength(1);
    const wrap = code.getByRole('button', { name: 'Wrap long lines' });
    await wrap.click();
    await wrap.and(page.locator('[aria-pressed="true"]')).waitFor();
    await expect
      .poll(() => code.locator('pre').evaluate((pre) => pre.scrollWidth <= pre.clientWidth))
      .toBe(true);
    await code.getByRole('button', { name: 'Copy' }).click();
    const clipboard = () => page.evaluate(() => navigator.clipboard.readText());
    await expect.poll(clipboard).toContain('export function countWords');
    expect(await clipboard()).toBe(await code.locator('code').textContent());

    const actions = chat.answer();
    await actions.getByRole('button', { name: 'Copy', exact: true }).last().click();
    await expect.poll(clipboard).toContain('```typescript\n/**');
    await actions.getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: 'Copy as plain text' }).click();
    await expect.poll(clipboard).not.toContain('```');
    expect(chat.complaints).toEqual([]);
  });

  test('formulas are typeset, with what a screen reader needs', async () => {
    await using chat = await chats.open();
    await chat.ask('/pace 200\n/math');
    await chat.answered();
    await chat.answer().locator('.katex').first().waitFor();
    await expect.poll(() => chat.answer().locator('.katex-display').count()).toBe(3);
    await expect.poll(() => chat.answer().locator('math').count()).toBeGreaterThan(3);
    const family = await chat
      .answer()
      .locator('.katex-html')
      .first()
      .evaluate((element) => getComputedStyle(element).fontFamily);
    expect(family).toContain('KaTeX');
    expect(await chat.violations()).toEqual([]);
    expect(chat.complaints).toEqual([]);
  });

  test('thinking is folded, tools show what they are called with, and both are accessible', async () => {
    const id = await askOutside(chats.server.url, [
      {
        prompt:
          '/pace instant\n/think First **this**, then that.\n/say Done.\n/tool get_weather {"city": "Zürich", "days": 3}',
        settings: thinking,
      },
    ]);
    await using chat = await chats.open(at(id));
    const answer = chat.answer();
    const thoughts = answer.getByText('Thoughts', { exact: true });
    await thoughts.waitFor();
    expect(await answer.getByText('then that').count()).toBe(0);
    await thoughts.click();
    await answer.getByText('then that').waitFor();
    await answer.locator('.thoughts strong').getByText('this', { exact: true }).waitFor();
    const tool = answer.getByRole('figure', { name: 'Tool call: get_weather' });
    expect(JSON.parse((await tool.locator('code').textContent()) ?? '')).toEqual({ city: 'Zürich', days: 3 });
    expect(await chat.violations()).toEqual([]);
  });

  test('who has run a tool gives its result, and the model goes on; another answer to it is a version', async () => {
    const tool = { name: 'get_weather', description: 'Looks outside.', input_schema: { type: 'object' } };
    const id = await askOutside(chats.server.url, [
      {
        prompt: '/pace instant\n/tool get_weather {"city": "Zürich"}',
        settings: { max_tokens: 500, system: 'Be brief.', tools: [tool] } as Partial<MessagesRequest>,
      },
    ]);
    await using chat = await chats.open(at(id));
    const { page } = chat;
    const form = page.getByRole('form', { name: 'Results of the tool calls' });
    const result = form.getByRole('textbox', { name: 'Result of get_weather' });
    await result.fill('{"sky": ');
    await form.getByText('begins like JSON but is none').waitFor();
    expect(await chat.violations()).toEqual([]);
    await result.fill('{"sky": "clear"}');
    await form.getByRole('button', { name: 'Send the result' }).click();
    await form.waitFor({ state: 'detached' });
    await page.getByRole('article', { name: 'Answer' }).nth(1).waitFor();
    await chat.answered();
    const sent = JSON.parse(chats.emulator.requests.at(-1)?.body ?? 'null');
    expect(sent).toMatchObject({ tools: [{ name: 'get_weather' }], max_tokens: 500 });
    expect(JSON.stringify(sent.system)).toContain('Be brief.');
    const [, { content: called }, { content: given }] = sent.messages;
    expect(given).toMatchObject([
      { type: 'tool_result', tool_use_id: called.at(-1).id, content: '{"sky": "clear"}' },
    ]);
    await page.getByRole('article', { name: 'You' }).last().getByRole('figure', { name: 'Result' }).waitFor();
    expect(await chat.violations(), 'given').toEqual([]);

    await chat.answer().getByRole('button', { name: 'Answer again', exact: true }).click();
    await page.getByText('2 of 2').waitFor();
    await chat.answered();
    await page.reload();
    await page.getByText('2 of 2').waitFor();
    expect(chat.complaints).toEqual([]);
  });

  test('while it thinks, the time counts, and stays once it is done', async () => {
    const id = await askOutside(chats.server.url, [{ prompt: '/pace instant\n/say Hello.' }]);
    await using chat = await chats.open(at(id));
    await chat.answer().getByText('Hello.').waitFor();
    // Asked elsewhere: this page shows it all the same.
    const prompt = `/pace 10\n/think ${'a thought and '.repeat(12)}\n/say Done.`;
    const asked = askOutside(chats.server.url, [{ prompt, settings: thinking }], id);
    await chat
      .answer()
      .getByText(/^Thinking · \d s$/)
      .waitFor();
    await asked;
    await chat.answered();
    await chat
      .answer()
      .locator('summary')
      .getByText(/^Thought for \d+ s$/)
      .waitFor();
  });

  test('another answer, another model, another wording: all are kept, and walked between', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await chat.ask('/pace instant\n/say One.');
    await chat.answered();
    await chat.answer().getByRole('button', { name: 'Answer again', exact: true }).click();
    await chat.answer().getByRole('group', { name: 'Answers' }).getByText('2 of 2').waitFor();
    await chat.answered();
    await chat.answer().getByRole('button', { name: 'More' }).click();
    await page.getByRole('menuitem', { name: /llama3/ }).click();
    await chat.answer().getByText('3 of 3').waitFor();
    await chat.answered();
    await chat
      .answer()
      .locator('[data-meter="model"]')
      .getByText('Llama 3.3 70B Instruct', { exact: true })
      .waitFor();
    await chat.answer().getByRole('button', { name: 'The one before' }).click();
    await chat.answer().getByText('2 of 3').waitFor();

    await page.getByRole('article', { name: 'You' }).getByRole('button', { name: 'Edit' }).click();
    await chat.box.fill('/pace instant\n/say Two.');
    await chat.box.press('Enter');
    await chat.answer().getByText('Two.', { exact: true }).waitFor();
    await chat.answered();
    const wordings = page.getByRole('group', { name: 'Versions of the message' });
    await wordings.getByText('2 of 2').waitFor();
    await page.reload();
    await wordings.getByText('2 of 2').waitFor();
    await wordings.getByRole('button', { name: 'The one before' }).click();
    await chat.answer().getByText('One.', { exact: true }).waitFor();
    expect(await chat.violations()).toEqual([]);
    expect(chat.complaints).toEqual([]);
  });

  test('figures are live while it writes and exact after, and the conversation has its sum', async () => {
    await using chat = await chats.open();
    await chat.ask('/pace 60\n/long 300');
    await chat
      .answer()
      .getByText(/≈ \d+ tok\/s/)
      .waitFor();
    await chat.answered();
    const meters = chat.answer().getByRole('group', { name: 'Meters' });
    await expect
      .poll(() => meters.textContent())
      .toMatch(/Claude Haiku 4.5.*ms.*\d+ tok\/s.*\d → \d+.*\$0\.\d+/);
    await chat.ask('/pace instant\n/say More.');
    await chat.answered();
    await chat.page.getByText('2 answers').waitFor();
  });

  test('what was stopped goes on where it stopped, with a visible seam', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await chat.ask('/pace 40\n/long 4000');
    await chat.answer().locator('[data-part="text"]').waitFor();
    await page.getByRole('button', { name: 'Stop' }).click();
    await chat.answer().and(page.locator('[data-state="cancelled"]')).waitFor();
    await chat.answer().getByRole('button', { name: 'Go on' }).click();
    await page.getByText('gone on from here').waitFor();
    expect(await page.getByRole('article', { name: 'You' }).count()).toBe(1);
    await page.getByRole('button', { name: 'Stop' }).click();
  });
});
