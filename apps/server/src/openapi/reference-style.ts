/** The look of `/reference`: the page's own policy allows no style in the page itself. */
export const referenceStyle = `:root { color-scheme: light dark; --line: light-dark(#d9dadd, #34363b); --soft: light-dark(#5c6068, #a0a4ac); }
body { margin: 0 auto; max-width: 56rem; padding: 2rem 1rem 6rem; font: 15px/1.55 system-ui, sans-serif; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .25rem; }
p, td.what { color: var(--soft); }
code, pre { font: 13px/1.5 ui-monospace, monospace; }
pre { overflow: auto; padding: .75rem; border: 1px solid var(--line); border-radius: 6px; }
details { border-top: 1px solid var(--line); }
summary { cursor: pointer; padding: .5rem 0; display: grid; grid-template-columns: 4rem minmax(0, 22rem) 1fr; gap: .5rem; align-items: baseline; }
summary code { overflow-wrap: anywhere; }
summary .method { text-transform: uppercase; color: var(--soft); }
details > div { padding: 0 0 1rem 4.5rem; }
h3 { font-size: .85rem; margin: 1rem 0 .25rem; }
table { border-collapse: collapse; width: 100%; }
td { padding: .2rem .75rem .2rem 0; vertical-align: top; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
@media (max-width: 44rem) { summary { grid-template-columns: 4rem 1fr; } summary span:last-child { grid-column: 2; } details > div { padding-left: 0; } }
`;
