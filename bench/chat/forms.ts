import type { BrowserContextOptions, Page } from 'playwright-core';

/** One conversation on a phone, where somebody types. */
export const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  isMobile: true,
  hasTouch: true,
  deviceScaleFactor: 2,
};
export const letters = [...'abcdefghij '];

/** Answers side by side on a desktop, where somebody scrolls. */
export const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
export const scrolling = ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowUp'];

/** The next question goes to so many models, the chosen one among them. */
export async function chooseBeside(page: Page, count: number): Promise<void> {
  await page.keyboard.press('Control+Shift+X');
  const search = page.getByRole('dialog').getByRole('combobox');
  for (const name of ['llama3', 'nova-pro', 'mistral-large'].slice(0, count - 1)) {
    await search.fill(name);
    await page.keyboard.press('Enter');
    await page.locator('[data-current][aria-selected="true"]').waitFor();
  }
  await page.keyboard.press('Control+Enter');
  await page.getByRole('button', { name: new RegExp(`^${count} models: `) }).waitFor();
}
