import { expect, test } from 'vitest';
import { focused, phone, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';
import { adminKey } from './support/keyed.ts';

describeWithChromium('signing in', () => {
  const chats = setUpChats({ env: { STREAMBED_API_KEY: adminKey } });

  test('a key is typed once; a wrong one is said, a reload stays signed in, signing out ends it', async () => {
    await using chat = await chats.open({ ready: false });
    const { page } = chat;
    const field = page.getByLabel('Key');
    await focused(field);
    expect(await chat.violations()).toEqual([]);

    await page.keyboard.type('sb_wrong');
    await page.keyboard.press('Enter');
    await page.getByRole('alert').filter({ hasText: 'This is no key of this server.' }).waitFor();
    expect(await chat.violations(), 'refused').toEqual([]);

    await field.fill(adminKey);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await chat.light('Model Online');
    await chat.ask('What is Streambed?');
    await chat.answered();
    await page.reload();
    await chat.light('Model Online');
    await chat.answer().waitFor();

    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    expect(kept).not.toContain(adminKey);
    expect(kept).not.toContain('sbs_');

    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByText('Signed in as STREAMBED_API_KEY.').waitFor();
    expect(await chat.violations(), 'settings').toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await field.waitFor();
    await page.reload();
    await field.waitFor();
  }, 60_000);

  test('on a phone too', async () => {
    await using chat = await chats.open({ ...phone, ready: false });
    await chat.page.getByLabel('Key').fill(adminKey);
    expect(await chat.violations()).toEqual([]);
    await chat.page.getByRole('button', { name: 'Sign in' }).click();
    await chat.light('Model Online');
  }, 60_000);
});
