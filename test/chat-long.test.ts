import { beforeAll, expect, test } from 'vitest';
import { askOutside } from './support/ask-outside.ts';
import { setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

const turns = 60;

/** Runs in the page: how far the view is from the end, in pixels. */
const fromEnd = (scroller: Element) => scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop;

describeWithChromium('a long conversation', () => {
  const chats = setUpChats();
  let id = '';

  beforeAll(async () => {
    const words = Array.from({ length: 120 }, (_, place) => `ripple${place}`).join(' ');
    const questions = Array.from({ length: turns }, (_, turn) => ({
      prompt: `/pace instant\n/say Answer ${turn}. ${words}`,
    }));
    id = await askOutside(chats.server.url, questions);
  });
  const open = async () => {
    const chat = await chats.open({
      server: { url: `${chats.server.url}/#${id}` },
      viewport: { width: 800, height: 700 },
    });
    await chat.page
      .getByText(`Answer ${turns - 1}.`)
      .last()
      .waitFor();
    return chat;
  };

  test('holds only what is near, begins at its end, and shows whatever one scrolls to', async () => {
    await using chat = await open();
    const { page } = chat;
    const main = page.locator('main');
    const answers = page.getByRole('article', { name: 'Answer' });
    await expect.poll(() => page.locator('section.turn').count()).toBe(turns);
    await expect.poll(() => answers.count()).toBeLessThan(15);
    await expect.poll(() => main.evaluate(fromEnd)).toBeLessThan(2);
    await main.evaluate((element) => element.scrollTo(0, 0));
    await answers.first().getByText('Answer 0.').waitFor();
    await expect.poll(() => answers.count()).toBeLessThan(15);
    await page.getByRole('button', { name: 'Go to the end' }).click();
    await answers
      .last()
      .getByText(`Answer ${turns - 1}.`)
      .waitFor();
  });

  test('scrolling back through all of it, what is seen never jumps', async () => {
    await using chat = await open();
    const jumps = await chat.page.evaluate(async () => {
      const main = document.querySelector('main') as HTMLElement;
      const found: number[] = [];
      // Where things were painted. Between frames, and before a frame's layout has been answered, there are places
      // that nobody ever sees: what the page puts right before painting is not put right yet.
      const painted = () =>
        new Promise<ReadonlyMap<Element, DOMRectReadOnly>>((resolve) => {
          const observer = new IntersectionObserver((entries) => {
            observer.disconnect();
            resolve(new Map(entries.map(({ target, boundingClientRect }) => [target, boundingClientRect])));
          });
          for (const one of document.querySelectorAll('main, article[aria-label="Answer"]'))
            observer.observe(one);
        });
      for (let step = 0; step < 60; step += 1) {
        // What can be read in the view, and where it goes when the view moves by so much.
        const places = await painted();
        const view = places.get(main) as DOMRectReadOnly;
        const read = [...places].find(
          ([one, { top, bottom }]) => one !== main && bottom > view.top + 50 && top < view.bottom - 50,
        );
        if (read === undefined) continue;
        const [answer, { bottom: before }] = read;
        const from = main.scrollTop;
        main.scrollTop = from - 300;
        // What is far from being seen is made in these frames, and may have another height than was guessed.
        for (let wait = 0; wait < 3; wait += 1) {
          const moved = ((await painted()).get(answer)?.bottom ?? Number.NaN) - before;
          if (from > 300) found.push(Math.abs(moved - 300));
        }
      }
      return found;
    });
    expect(jumps.length).toBeGreaterThan(90);
    expect(Math.max(...jumps)).toBeLessThanOrEqual(1);
  });

  test("the browser's own search finds what is far away", async () => {
    await using chat = await open();
    const text = await chat.page.evaluate(() => {
      const slot = document.querySelectorAll('section.turn')[20];
      return { hidden: slot?.getAttribute('hidden'), text: slot?.textContent ?? '' };
    });
    expect(text.hidden).toBe('until-found');
    expect(text.text).toContain('Answer 20.');
    await chat.page.evaluate(() => {
      document.querySelectorAll('section.turn')[20]?.dispatchEvent(new Event('beforematch'));
    });
    await expect.poll(() => chat.page.locator('section.turn').nth(20).getByRole('article').count()).toBe(2);
  });

  test('a reader who scrolled up is left where they are while the answer grows', async () => {
    await using chat = await chats.open({ viewport: { width: 800, height: 700 } });
    const { page } = chat;
    await chat.ask('/pace 150\n/long 4000');
    const main = page.locator('main');
    await page.waitForFunction(() => {
      const scroller = document.querySelector('main');
      return scroller !== null && scroller.scrollTop > 300;
    });
    await main.hover();
    await page.mouse.wheel(0, -150);
    await page.getByRole('button', { name: 'Go to the end' }).waitFor();
    const at = () =>
      main.evaluate((element) => ({
        top: element.scrollTop,
        paragraph: document.querySelector('article[aria-label="Answer"] p')?.getBoundingClientRect().top,
        height: element.scrollHeight,
      }));
    const before = await at();
    await page.waitForFunction(
      (height) => (document.querySelector('main')?.scrollHeight ?? 0) > height + 150,
      before.height,
    );
    const after = await at();
    expect({ ...after, height: 0 }).toEqual({ ...before, height: 0 });
    await page.getByRole('button', { name: 'Go to the end' }).click();
    await expect.poll(() => main.evaluate(fromEnd)).toBeLessThan(2);
    // A draft of several lines takes room from the conversation, and nothing else.
    await chat.box.fill('1\n2\n3\n4\n5\n6');
    await page.keyboard.type('7');
    await page.keyboard.press('Escape');
    await chat.answer().and(page.locator('[data-state="cancelled"]')).waitFor();
    await expect.poll(() => main.evaluate(fromEnd)).toBeLessThan(2);
  });
});
