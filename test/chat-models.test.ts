import { expect, test } from 'vitest';
import { focused, phone, setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

describeWithChromium('models and parameters', () => {
  const chats = setUpChats();

  test('the picker is searched and chosen from by keyboard alone, and says why a model can not be asked', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    const picker = page.getByRole('combobox', { name: 'Model' });
    // Disabled until the models are known, and nothing can focus it before.
    await picker.and(page.locator(':enabled')).focus();
    await page.keyboard.press('ArrowDown');
    await focused(page.getByRole('combobox', { name: 'Search', exact: true }));
    const list = page.getByRole('listbox', { name: 'Models to ask' });
    await list.getByRole('option').nth(100).waitFor({ state: 'attached' });
    expect(await chat.violations()).toEqual([]);

    // Not usable: it stands there, says why, and Enter does nothing.
    await page.keyboard.type('claude 2.1');
    const only = list.getByRole('option');
    await page.waitForFunction(() => document.querySelectorAll('[role=option]').length === 1);
    expect(await only.getAttribute('aria-disabled')).toBe('true');
    expect(await only.textContent()).toContain('Cannot be asked here: end of life');
    await page.keyboard.press('Enter');
    await list.waitFor();

    await page.keyboard.press('Control+a');
    await page.keyboard.type('nova pro images');
    await page.keyboard.press('Enter');
    await list.waitFor({ state: 'detached' });
    await focused(picker.filter({ hasText: 'Nova Pro' }));
    await chat.ask('Hello');
    await chat.answered();
    expect(chats.emulator.requests.at(-1)?.path).toContain('nova-pro');
    expect(chat.complaints).toEqual([]);
  });

  test('Escape closes the picker and stops nothing', async () => {
    await using chat = await chats.open();
    await chat.ask('/pace 30\n/long 60');
    await chat.page.getByRole('combobox', { name: 'Model' }).click();
    await chat.page.getByRole('option').first().waitFor();
    await chat.page.keyboard.press('Escape');
    await chat.page.getByRole('listbox').waitFor({ state: 'detached' });
    await chat.answered();
  });

  test('parameters follow the model, reach it, and come back under a name', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await page.keyboard.press('Control+.');
    const drawer = page.getByRole('complementary', { name: 'Parameters' });
    await drawer.getByRole('textbox', { name: 'System prompt' }).fill('You are a river.');
    await drawer.getByRole('spinbutton', { name: 'Temperature' }).fill('0.3');
    await drawer.getByText('This model takes one of temperature and Top P').waitFor();
    await drawer.getByRole('spinbutton', { name: 'Longest answer' }).fill('500');
    expect(await chat.violations()).toEqual([]);
    await drawer.getByRole('textbox', { name: 'Name of the preset' }).fill('River');
    await page.keyboard.press('Enter');
    await chat.ask('Who are you?');
    await chat.answered();
    expect(sent()).toMatchObject({ system: 'You are a river.', temperature: 0.3, max_tokens: 500 });

    await drawer.getByRole('button', { name: 'Reset all' }).click();
    await drawer
      .getByRole('radiogroup', { name: 'Thinking', exact: true })
      .or(drawer.getByRole('group', { name: 'Thinking', exact: true }))
      .getByText('On')
      .click();
    await drawer.getByRole('spinbutton', { name: 'Thinking budget' }).fill('2000');
    await drawer
      .locator('[data-parameter="temperature"]')
      .getByText('Fixed while the model thinks')
      .waitFor();
    await chat.ask('Think of a number');
    await chat.answered();
    expect(sent()).toMatchObject({ thinking: { type: 'enabled', budget_tokens: 2000 } });
    expect(sent()).not.toHaveProperty('temperature');
    // What was set before is not inherited: the drawer shows what holds.
    expect(JSON.stringify(sent())).not.toContain('You are a river');

    await drawer.getByRole('button', { name: 'River', exact: true }).click();
    await expect.poll(() => drawer.getByRole('spinbutton', { name: 'Temperature' }).inputValue()).toBe('0.3');
    await page.reload();
    await page.getByRole('button', { name: 'Parameters, 3 set' }).click();
    await expect
      .poll(() => drawer.getByRole('textbox', { name: 'System prompt' }).inputValue())
      .toBe('You are a river.');
    expect(chat.complaints).toEqual([]);
  });

  test("parameters are their conversation's and presets their owner's, on every device", async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await page.keyboard.press('Control+.');
    const drawer = page.getByRole('complementary', { name: 'Parameters' });
    await drawer.getByRole('textbox', { name: 'System prompt' }).fill('You are the sea.');
    await drawer.getByRole('spinbutton', { name: 'Temperature' }).fill('0.7');
    await drawer.getByRole('textbox', { name: 'Name of the preset' }).fill('Sea');
    await page.keyboard.press('Enter');
    await drawer.getByRole('button', { name: 'Sea', exact: true }).waitFor();
    await chat.ask('Who are you?');
    await chat.answered();

    await using device = await chats.open();
    await device.page.goto(page.url());
    await device.page.getByRole('button', { name: 'Parameters, 2 set' }).click();
    const there = device.page.getByRole('complementary', { name: 'Parameters' });
    await expect
      .poll(() => there.getByRole('textbox', { name: 'System prompt' }).inputValue())
      .toBe('You are the sea.');
    await there.getByRole('button', { name: 'Sea', exact: true, pressed: true }).waitFor();
    await there.getByRole('button', { name: 'Delete the preset Sea' }).click();
    await drawer.getByRole('button', { name: 'Sea', exact: true }).waitFor({ state: 'detached' });
    await device.ask('And what do you do?');
    await device.answered();
    expect(sent()).toMatchObject({ system: 'You are the sea.', temperature: 0.7 });

    await page.keyboard.press('Control+Shift+o');
    await page.getByRole('button', { name: 'Parameters', exact: true }).waitFor();
    await expect.poll(() => drawer.getByRole('textbox', { name: 'System prompt' }).inputValue()).toBe('');
    await page.goBack();
    await page.getByRole('button', { name: 'Parameters, 2 set' }).waitFor();
    expect(chat.complaints).toEqual([]);
  });

  test('who goes on with what a program began goes on as it did, until somebody says otherwise', async () => {
    const system = [{ type: 'text', text: 'You are a program.', cache_control: { type: 'ephemeral' } }];
    const began = await fetch(`${chats.server.url}/streambed/v1/generations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        conversation: 'begun-by-a-program',
        stream: false,
        request: {
          model: 'claude-haiku',
          max_tokens: 300,
          system,
          messages: [{ role: 'user', content: 'Who are you?' }],
        },
      }),
    });
    expect(began.status).toBe(200);
    await using chat = await chats.open();
    const { page } = chat;
    await page.goto(`${chats.server.url}/#begun-by-a-program`);
    await page.getByRole('button', { name: 'Parameters, 2 set' }).click();
    const drawer = page.getByRole('complementary', { name: 'Parameters' });
    const prompt = drawer.getByRole('textbox', { name: 'System prompt' });
    await expect.poll(() => prompt.inputValue()).toBe('You are a program.');
    await chat.ask('And then?');
    await chat.answered();
    expect(sent()).toMatchObject({ system, max_tokens: 300 });
    await prompt.fill('');
    await chat.ask('And now?');
    await chat.answered();
    expect(JSON.stringify(sent())).not.toContain('You are a program');
    expect(sent()).toMatchObject({ max_tokens: 300 });
  });

  test('what a model can not is not offered, and says why', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page
      .getByRole('option', { name: /llama3/ })
      .first()
      .click();
    await page.getByRole('button', { name: 'Parameters' }).click();
    const drawer = page.getByRole('complementary', { name: 'Parameters' });
    await drawer.locator('[data-parameter="thinking"]').getByText('does not think first').waitFor();
    expect(await drawer.getByRole('spinbutton', { name: 'Thinking budget' }).count()).toBe(0);
  });

  test.for(['light', 'dark'] as const)(
    'on a phone in %s the picker and the drawer have no violation',
    async (colorScheme) => {
      await using chat = await chats.open({ ...phone, colorScheme });
      const { page } = chat;
      await page.getByRole('combobox', { name: 'Model' }).tap();
      await page.getByRole('option').first().waitFor();
      expect(await chat.violations(), 'picker').toEqual([]);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Parameters' }).tap();
      await page.getByRole('dialog', { name: 'Parameters' }).waitFor();
      expect(await chat.violations(), 'drawer').toEqual([]);
      await page.getByRole('button', { name: 'Close' }).tap();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
    },
  );

  const sent = (): unknown => JSON.parse(chats.emulator.requests.at(-1)?.body ?? 'null');
});
