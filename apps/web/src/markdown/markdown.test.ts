import { createElement } from 'react';
import { renderToStaticMarkup } from 'react-dom/server';
import { expect, test } from 'vitest';
import Markdown from './markdown.tsx';

/** As the page builds it, but for what is loaded beside it. */
const html = (text: string, live = false) => renderToStaticMarkup(createElement(Markdown, { text, live }));
const formulas = (text: string) =>
  Array.from(html(text).matchAll(/class="formula(?:-display)?">([^<]*)</g), ([, tex]) =>
    tex?.replaceAll('&amp;', '&'),
  );

test('emphasis, lists, tasks, quotations and breaks', () => {
  expect(html('**a** *b* ~~c~~ `d`  \ne')).toBe(
    '<p><strong>a</strong> <em>b</em> <del>c</del> <code>d</code><br/>e</p>',
  );
  expect(html('3. a\n4. b')).toBe('<ol start="3"><li>a</li><li>b</li></ol>');
  expect(html('- [x] done\n- [ ] open')).toContain(
    '<input type="checkbox" disabled="" readOnly="" aria-label="Done" checked=""/>',
  );
  expect(html('> a\n> > b')).toBe('<blockquote><p>a</p><blockquote><p>b</p></blockquote></blockquote>');
  expect(html('# A\n## B')).toBe('<h2 data-depth="1">A</h2><h3 data-depth="2">B</h3>');
});

test('a table, with its alignment, short rows filled up, and a break inside', () => {
  const table = html('| a | b |\n| --- | --: |\n| 1<br>2 | `x \\| y` |\n| 3 |');
  expect(table).toContain('<th scope="col">a</th><th data-align="right" scope="col">b</th>');
  expect(table).toContain('<td>1<br/>2</td><td data-align="right"><code>x | y</code></td>');
  expect(table).toContain('<tr><td>3</td><td data-align="right"></td></tr>');
});

test.for([
  ['It costs $5 and $10.', []],
  ['$5–$10, US$20 or CA$30', []],
  ['from $5/month to $1,000/year', []],
  ['$HOME/bin:$PATH and $USER', []],
  ['I paid $3 and got 2$ back', []],
  ['$5 is less than 6$', []],
  ['escaped \\$x\\$', []],
  ['`$x$`', []],
  ['the $n$-th and $x_1$, $\\alpha$.', ['n', 'x_1', '\\alpha']],
  ['$2\\pi r$ and $3$', ['2\\pi r', '3']],
  ['inline \\(a^2\\) and \\( b \\)', ['a^2', 'b']],
  ['$$x = 1$$', ['x = 1']],
  ['in $$ y $$ words', ['y']],
  ['$$\nx\n= 1\n$$', ['x\n= 1']],
  ['\\[\nx\n- 1\n\\]', ['x\n- 1']],
  ['see \\[x^2\\] here, but \\[not a link\\] there', ['x^2']],
  ['1. a\n   \\[\n   x\n   - 1\n   \\]\n2. b', ['x\n- 1']],
  ['| a | b |\n|---|---|\n| $x$ | $5 |', ['x']],
] as const)('formulas in %j', ([text, found]) => {
  expect(formulas(text)).toEqual(found);
});

test('notes stand at the end, numbered by their marks; one that is missing is text', () => {
  const shown = html('One[^b] and two[^a], none[^c].\n\n[^a]: About *a*.\n\n[^b]: About b.');
  expect(shown).toMatch(/One<sup><a id="(\w+)-1-mark" href="#\1-1" aria-label="Note 1">1<\/a><\/sup>/);
  expect(shown).toContain('none[^c].');
  expect(shown.indexOf('About b')).toBeLessThan(shown.indexOf('About <em>a</em>'));
  expect(html('A mark[^1] without', true)).toContain('<sup class="text-ink-quiet">1</sup>');
});

test('links by name find their definition wherever it stands', () => {
  const shown = html('See [the docs][d].\n\nMore.\n\n[d]: https://example.com/docs');
  expect(shown).toContain(
    '<a href="https://example.com/docs" target="_blank" rel="noopener noreferrer nofollow">the docs</a>',
  );
  expect(shown).not.toContain('[d]');
});

test.for([
  ['**bold', '<p><strong>bold</strong></p>'],
  ['text\n-', '<p>text</p>'],
  ['text\n===', '<p>text</p>'],
  ['| a | b |', ''],
  ['| a | b |\n| --', ''],
  ['```ty', ''],
  ['a formula \\(x^', '<p>a formula</p>'],
  ['a formula $x^2', '<p>a formula</p>'],
  ['a price of $5', '<p>a price of $5</p>'],
  ['[text](https://exam', '<p>text</p>'],
  ['1', ''],
  ['`code', '<p><code>code</code></p>'],
] as const)('while it is written, %j reads as it most likely will', ([text, shown]) => {
  expect(html(text, true)).toBe(shown);
});

test('the end shows all that is there, as it is', () => {
  expect(html('| a | b |')).toBe('<p>| a | b |</p>');
  expect(html('1')).toBe('<p>1</p>');
  expect(html('a formula $x^2')).toBe('<p>a formula $x^2</p>');
});

test.for([
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  'a <b onclick="x">b</b>',
  '<!-- c -->\n<iframe srcdoc="x"></iframe>',
  '<style>*{display:none}</style>',
])('HTML is text: %s', (text) => {
  const shown = html(text);
  expect(shown).not.toMatch(/<(?!\/?(?:p|span|br)\b)/);
  expect(
    shown
      .replaceAll('&lt;', '<')
      .replaceAll('&gt;', '>')
      .replaceAll('&quot;', '"')
      .replace(/<\/?(?:p|span)[^>]*>/g, ''),
  ).toContain(text.slice(0, 6));
});

test.for([
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](&#106;avascript:alert(1))',
  '[x](java&Tab;script:alert(1))',
  '[x](data:text/html,<script>alert(1)</script>)',
  '[x](vbscript:x)',
  '[x](/streambed/v1/generations)',
  '[x](//evil.example)',
  '[x](file:///etc/passwd)',
  '<javascript:alert(1)>',
  '[x][y]\n\n[y]: javascript:alert(1)',
  '![x](javascript:alert(1))',
])('no link comes of %s', (text) => {
  expect(html(text)).not.toContain('href');
});

test('a picture from elsewhere is named and not loaded; one that came with the text is shown', () => {
  const far = html('![a cat](https://cats.example/1.png?who=me)');
  expect(far).not.toContain('<img');
  expect(far).toContain('cats.example');
  expect(html('![dot](data:image/png;base64,AAAA)')).toContain(
    '<img src="data:image/png;base64,AAAA" alt="dot"/>',
  );
  expect(html('![x](data:image/svg+xml;base64,AAAA)')).not.toContain('<img');
});

test('a link whose text names another host says where it leads', () => {
  expect(html('[https://bank.example](https://evil.example)')).toContain('(evil.example)');
  expect(html('https://www.example.com/a')).not.toContain('(');
});
