import type { Page } from 'playwright-core';

const diagram = [
  '```mermaid',
  'flowchart LR',
  '  A[Bedrock] -->|bytes| B{Decoder}',
  '  B -->|events| C[Family]',
  '  C --> D[(Stream log)]',
  '  D --> E[Readers]',
  '```',
].join('\n');

/** What a picture shows: how to get there, from a fresh page. `chat` alone is the README's. */
export const screens: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  welcome: async () => {},
  chat: async (page) => {
    const width = page.viewportSize()?.width ?? 0;
    if (width > 1_000) await page.setViewportSize({ width, height: 660 });
    await ask(page, 'Write a TypeScript function');
    await ended(page);
  },
  markdown: async (page) => {
    await ask(page, '/pace instant\n/markdown');
    await ended(page);
    await scrollTo(page, 0);
  },
  table: async (page) => {
    await ask(page, '/pace instant\n/markdown');
    await ended(page);
    await scrollTo(page, 0.5);
  },
  math: async (page) => {
    await ask(page, '/pace instant\n/math');
    await ended(page);
    await page.locator('.katex').first().waitFor();
  },
  models: async (page) => {
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page.getByRole('option').first().waitFor();
  },
  'models-why': async (page) => {
    await page.getByRole('combobox', { name: 'Model' }).click();
    await page.getByRole('option').first().waitFor();
    await page.keyboard.type('claude 3');
  },
  diagram: async (page) => {
    await ask(page, `/pace instant\n/say How a token travels:\n\n${diagram}`);
    await ended(page);
    await page.locator('.diagram img').waitFor();
    await page.locator('main').evaluate((main) => main.scrollTo(0, main.scrollHeight));
  },
  versions: async (page) => {
    await ask(page, '/pace instant\n/list');
    await ended(page);
    await page.getByRole('button', { name: 'Answer again', exact: true }).click();
    await page.getByText('2 of 2').waitFor();
    await ended(page);
    await page.getByRole('button', { name: 'More', exact: true }).click();
    await page.getByRole('menuitem').first().waitFor();
  },
  waiting: async (page) => {
    await ask(page, '/pace 20 60000\n/long 50');
    await page.locator('[data-state="waiting"]').waitFor();
  },
  streaming: async (page) => {
    await ask(page, '/pace 40\n/markdown');
    await page.locator('.answer table').waitFor();
  },
  thinking: async (page) => {
    await ask(page, 'Count to 30');
    await ended(page);
    await ask(
      page,
      '/pace instant\nShall I take an umbrella?\n/tool get_weather {"city": "Zürich", "unit": "celsius"}',
    );
    await ended(page);
  },
  stopped: async (page) => {
    await ask(page, '/pace 30\n/long 300');
    await page.locator('[data-part="text"]').waitFor();
    await page.waitForTimeout(1_500);
    await page.keyboard.press('Escape');
    await ended(page);
  },
  failed: async (page) => {
    await ask(page, '/pace instant\n/fault exception throttlingException 60\n/long 300');
    await ended(page);
  },
  refused: async (page) => {
    await ask(page, '/fault access');
    await ended(page);
  },
  parameters: async (page) => {
    await page.getByRole('button', { name: 'Parameters' }).click();
    await page.getByRole('textbox', { name: 'System prompt' }).fill('You are a river. Answer slowly.');
    await page.getByRole('spinbutton', { name: 'Temperature' }).fill('0.4');
    await page.getByRole('textbox', { name: 'Name of the preset' }).fill('River');
  },
  palette: async (page) => {
    await page.keyboard.press('Control+k');
    await page.getByRole('option').first().waitFor();
  },
  activity: async (page) => {
    for (const [door, model, prompt] of [
      ['v1/chat/completions', 'llama3', '/pace instant\n/list'],
      ['v1/chat/completions', 'nova-pro', '/pace 60\n/long 900'],
      ['v1/messages', 'claude-sonnet', '/pace 20\n/long 600'],
    ] as const)
      await askByScript(page, door, model, prompt);
    await ask(page, '/pace 30\n/long 600');
    await openActivity(page);
    await page.getByRole('button', { name: 'Look in' }).first().click();
    await page.waitForTimeout(4_000);
  },
  settings: async (page) => {
    await page.getByRole('button', { name: 'Settings' }).click();
  },
  shortcuts: async (page) => {
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Keyboard shortcuts' }).click();
  },
  doctor: async (page) => {
    await page.getByRole('status', { name: 'Connection' }).click();
    await page.locator('[data-check="headers"][data-state]').waitFor();
    await page.waitForTimeout(6_000);
  },
  files: async (page) => {
    await page.locator('#choose-files').setInputFiles([
      { name: 'riverbed.svg.png', mimeType: 'image/png', buffer: await page.screenshot() },
      { name: 'flow.csv', mimeType: 'text/csv', buffer: Buffer.from('hour,litres\n1,400\n2,380\n') },
      { name: 'recording.zip', mimeType: 'application/zip', buffer: Buffer.from([80, 75, 3, 4, 0, 255]) },
    ]);
    await page.locator('[data-attachment="refused"]').waitFor();
    await page.getByRole('textbox', { name: 'Message' }).fill('What changes between the two?');
  },
  queue: async (page) => {
    await ask(page, '/pace 20\n/long 300');
    await page.locator('[data-part="text"]').waitFor();
    await ask(page, 'And what happens at the bridge?');
    await ask(page, 'Tell it again, from the point of view of the stones at the bottom of the river');
  },
  editing: async (page) => {
    await ask(page, 'Write a TypeScript function');
    await ended(page);
    await page.getByRole('textbox', { name: 'Message' }).focus();
    await page.keyboard.press('ArrowUp');
  },
  resuming: async (page) => {
    await page.getByRole('button', { name: 'Pull the plug in mid-answer' }).click();
    await page.getByText('You pulled the plug').waitFor();
    await page.waitForTimeout(1_000);
  },
  conversations: async (page) => {
    await ask(page, 'Write 600 words');
    await page.locator('[data-part="text"]').waitFor();
    await showRail(page);
    await page.getByRole('heading', { name: 'Pinned' }).waitFor();
  },
  search: async (page) => {
    await showRail(page);
    await page.getByRole('searchbox', { name: 'Search conversations' }).fill('unions');
    await page.waitForTimeout(600);
  },
  menu: async (page) => {
    await showRail(page);
    const row = page.getByRole('navigation', { name: 'Conversations' }).getByRole('listitem').nth(4);
    await row.hover();
    await row.getByRole('button', { name: /^More for/ }).click();
    await page.getByRole('menuitem').first().waitFor();
  },
};

/** By the palette, since a phone's head has no button for it. */
export async function openActivity(page: Page): Promise<void> {
  await page.keyboard.press('Control+k');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.type('activity');
  await page.keyboard.press('Enter');
  await page.waitForURL(/#\/activity$/);
}

/** On a phone it is a sheet, and closed. */
export async function showRail(page: Page): Promise<void> {
  const opener = page.getByRole('button', { name: 'Show conversations' });
  if ((await opener.count()) > 0) await opener.click();
  await page.getByRole('navigation', { name: 'Conversations' }).waitFor();
}

/** What their conversations are called in the list. */
export const titles: Readonly<Record<string, string>> = {
  chat: 'A TypeScript function',
  markdown: 'Everything Markdown can say',
  table: 'Everything Markdown can say',
  comparing: 'One story, four ways',
  compared: 'One story, four ways',
  waiting: 'A story in fifty words',
  streaming: 'Everything Markdown can say',
  thinking: 'Umbrella or not',
  stopped: 'A story, cut short',
  failed: 'A story that broke off',
  refused: 'A model without access',
  diagram: 'How a token travels',
  queue: 'A story, and what follows',
  'queue-waiting': 'A story, and what follows',
  'tool-result': 'To the station',
  activity: 'Six hundred words',
  'activity-ended': 'Two that came to nothing',
  math: 'Three equations',
  versions: 'A list, twice',
  editing: 'A TypeScript function',
  files: 'Two files',
  resuming: 'Six hundred words',
  conversations: 'Six hundred words',
};

export async function ask(page: Page, prompt: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(prompt);
  // Until the models are there nothing can be asked.
  await page.locator('form button[type="submit"]:enabled').waitFor();
  await page.keyboard.press('Enter');
}

export async function ended(page: Page): Promise<void> {
  await page.locator('article[aria-label="Answer"][aria-busy="false"]').last().waitFor();
  await page.locator('article[aria-busy="true"]').waitFor({ state: 'detached' });
}

async function scrollTo(page: Page, part: number): Promise<void> {
  await page.locator('main').evaluate((main, at) => main.scrollTo(0, main.scrollHeight * at), part);
}

/** Asks as a program would, and does not wait for the answer. */
async function askByScript(page: Page, door: string, model: string, content: string): Promise<void> {
  await page.evaluate(
    ({ door, model, content }) => {
      const body = {
        model,
        max_tokens: 4000,
        stream: true,
        messages: [{ role: 'user', content }],
      };
      const headers = { 'content-type': 'application/json', 'anthropic-version': '2023-06-01' };
      void fetch(door, { method: 'POST', headers, body: JSON.stringify(body) });
    },
    { door, model, content },
  );
}
