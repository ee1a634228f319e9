import type { Page } from 'playwright-core';
import { ask, ended, openActivity, showRail } from './screens.ts';

/** What only shows after something was done or went wrong: how to get there, from a fresh page. */
export const moreScreens: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  'tool-result': async (page) => {
    await askWithTools(page);
    const form = page.getByRole('form', { name: 'Results of the tool calls' });
    await form.getByRole('textbox', { name: 'Result of get_weather' }).fill('{"sky": "clear", "celsius": 7}');
    await form.getByRole('textbox', { name: 'Result of find_train' }).fill('{"leaves": ');
    await form.scrollIntoViewIfNeeded();
  },
  presets: async (page) => {
    await page.getByRole('button', { name: 'Parameters' }).click();
    await page.getByRole('button', { name: 'Careful reviewer', exact: true }).click();
  },
  'activity-ended': async (page) => {
    for (const prompt of [
      '/fault access',
      '/pace instant\n/fault exception throttlingException 60\n/long 300',
    ]) {
      await ask(page, prompt);
      await ended(page);
    }
    await openActivity(page);
    await page.getByRole('main').locator('li[data-state="failed"]').nth(1).waitFor();
  },
  'queue-waiting': async (page) => {
    await ask(page, '/pace 20\n/long 300');
    await page.locator('[data-part="text"]').waitFor();
    await ask(page, 'And what happens at the bridge?');
    await page.waitForTimeout(1_500);
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByText('the queue waits for you').waitFor();
  },
  deleted: async (page) => {
    await showRail(page);
    const row = page.getByRole('navigation', { name: 'Conversations' }).getByRole('listitem').nth(4);
    await row.hover();
    await row.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('button', { name: 'Undo' }).waitFor();
  },
  'nothing-found': async (page) => {
    await showRail(page);
    await page.getByRole('searchbox', { name: 'Search conversations' }).fill('waterfall');
    await page.getByText('Nothing').first().waitFor();
  },
  'not-there': async (page) => {
    await page.evaluate(() => {
      location.hash = '#nobody-has-this';
    });
    await page.getByRole('alert').filter({ hasText: 'This conversation is not here' }).waitFor();
  },
};

/** A key that only the pictures' server knows. */
export const pictureKey = 'sb_pictures_of_the_riverbed';

/** Where somebody has to sign in: how to get there, from a page that wants a key. */
export const doorScreens: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  'sign-in': async () => {},
  'sign-in-refused': async (page) => {
    await page.getByLabel('Key').fill('sb_a_key_of_last_year');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').waitFor();
  },
  'signed-in': async (page) => {
    await page.getByLabel('Key').fill(pictureKey);
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  },
};

/** As a program would, that lets a person run what the model calls; then looks at the conversation. */
async function askWithTools(page: Page): Promise<void> {
  const id = await page.evaluate(async () => {
    const tool = (name: string) => ({ name, description: name, input_schema: { type: 'object' } });
    const content = [
      '/pace instant',
      'Can I walk to the station, or shall I take the tram?',
      '/tool get_weather {"city": "Zürich", "unit": "celsius"}',
      '/tool find_train {"from": "Zürich HB", "to": "Samedan"}',
    ].join('\n');
    const request = {
      model: 'anthropic',
      max_tokens: 500,
      tools: [tool('get_weather'), tool('find_train')],
      messages: [{ role: 'user', content }],
    };
    const conversation = `tools${Date.now()}`;
    await fetch('streambed/v1/generations', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ conversation, request }),
    });
    return conversation;
  });
  await page.evaluate((to) => {
    location.hash = `#${to}`;
  }, id);
  await ended(page);
}
