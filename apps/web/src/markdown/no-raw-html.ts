/**
 * Stands in for `rehype-raw` in the bundle (vite.config.ts). HTML that a model writes is shown as the text it is, so
 * the HTML parser behind that package would be 50 kB that nothing calls.
 */
export default function noRawHtml(): void {}
