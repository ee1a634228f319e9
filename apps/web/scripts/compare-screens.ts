import type { Page } from 'playwright-core';
import { ask } from './screens.ts';

/** Answers side by side: how to get there, from a fresh page. */
export const compareScreens: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  comparing: async (page) => {
    await compare(page, 'Tell me a story');
    await page.locator('[data-column] [data-part="text"]').first().waitFor();
    await page.waitForTimeout(3_000);
  },
  compared: async (page) => {
    await compare(page, 'Tell me a story', ['llama3', 'nova-pro']);
    await page.locator('[data-column] [data-part="text"]').first().waitFor();
    const running = 'article[aria-busy="true"], [role="tab"] .sign';
    await page.waitForFunction((selector) => document.querySelector(selector) === null, running);
    await failBeside(page, 'mistral-large');
    await page.getByText('Failed').first().waitFor({ state: 'attached' });
  },
  'compare-choice': async (page) => {
    await pickToCompare(page, ['llama3', 'nova-pro']);
  },
};

/** Chooses models beside the one that is chosen. */
async function pickToCompare(page: Page, names: readonly string[]): Promise<void> {
  await page.keyboard.press('Control+Shift+X');
  const search = page.getByRole('dialog').getByRole('combobox');
  for (const name of names) {
    await search.fill(name);
    await page.keyboard.press('Enter');
    await page.locator('[data-current][aria-selected="true"]').waitFor();
  }
  await search.fill('');
}

async function compare(
  page: Page,
  prompt: string,
  names: readonly string[] = ['llama3', 'nova-pro', 'mistral-large'],
): Promise<void> {
  await pickToCompare(page, names);
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: /^\d models: / }).waitFor();
  await ask(page, prompt);
}

/** One more answer beside those that are shown, from elsewhere; it asks for more than the model writes, and fails. */
async function failBeside(page: Page, model: string): Promise<void> {
  await page.evaluate(async (asked) => {
    const conversation = /^#([\w-]+)/.exec(location.hash)?.[1];
    const at = `streambed/v1/conversations/${conversation}`;
    const { tree } = await (await fetch(at)).json();
    const content = tree.find(({ role }: { readonly role: string }) => role === 'user').content;
    const request = { model: asked, max_tokens: 900_000, messages: [{ role: 'user', content }] };
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ conversation, request });
    await fetch('streambed/v1/generations', { method: 'POST', headers, body });
  }, model);
}
