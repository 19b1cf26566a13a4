/**
 * The style of the HTML report. It is hashed for the page's policy, so it must not hold anything of a report; pages use
 * the fonts of the machine and load nothing.
 */
export const style = `
:root {
  color-scheme: light dark;
  --page: #f6f7f9; --card: #ffffff; --ink: #1b2230; --soft: #566072; --line: #dde1e8; --well: #f0f2f6;
  --link: #1f4fd1; --deny: #b3261e; --deny-soft: #fbe9e7; --hold: #8a5300; --hold-soft: #fdf1dc;
  --allow: #1c7a4a; --allow-bar: #a9d8bf; --deny-bar: #d9534a; --hold-bar: #e8a33d; --customer: #e6edff;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #12151b; --card: #1a1f28; --ink: #e7eaf0; --soft: #a3adbf; --line: #303847; --well: #222834;
    --link: #8fb0ff; --deny: #ff9d94; --deny-soft: #40211f; --hold: #f3c06b; --hold-soft: #3a2d16;
    --allow: #7fd6a6; --allow-bar: #2f6b4c; --deny-bar: #d9635b; --hold-bar: #c98b33; --customer: #24304d;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "DejaVu Sans", sans-serif;
  overflow-wrap: anywhere;
}
header, main, footer { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2.5rem; }
footer { padding-top: 1rem; padding-bottom: 3rem; color: var(--soft); font-size: .875rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 0; text-wrap: balance; }
h1 { font-size: 1.875rem; letter-spacing: -.015em; }
h2 { font-size: 1.3rem; margin: 2.75rem 0 1rem; letter-spacing: -.01em; }
h3 { font-size: 1.2rem; font-weight: 700; }
h4 { font-size: .8125rem; color: var(--soft); font-weight: 600; margin: 1.25rem 0 .5rem; }
summary + h4, summary + .pair h4 { margin-top: .25rem; }
p { margin: .5rem 0; }
a { color: var(--link); text-underline-offset: .15em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; border-radius: 4px; }
code { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: .9em; }
.eyebrow { color: var(--soft); font-size: .875rem; font-weight: 600; margin: 0 0 .5rem; }
.headline { font-size: 1.175rem; margin: .75rem 0 1.25rem; max-width: 48rem; text-wrap: pretty; }
.skip { position: absolute; left: -99rem; }
.skip:focus { left: 1rem; top: 1rem; background: var(--card); padding: .5rem 1rem; }
.bar { display: block; width: 100%; height: .75rem; border-radius: .375rem; }
.bar .allow { fill: var(--allow-bar); } .bar .deny { fill: var(--deny-bar); } .bar .escalate { fill: var(--hold-bar); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; margin: .75rem 0 0; padding: 0; font-size: .9375rem; }
.legend li::before { content: ""; display: inline-block; width: .7rem; height: .7rem; border-radius: .2rem; margin-right: .5rem; }
.legend .allow::before { background: var(--allow-bar); } .legend .deny::before { background: var(--deny-bar); }
.legend .escalate::before { background: var(--hold-bar); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem 1.5rem; margin: 0 0 1.25rem; }
.setting { display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 1rem 2rem; margin: 1.5rem 0 0; }
.setting dt { color: var(--soft); font-size: .8125rem; } .setting dd { margin: 0; font-weight: 500; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: .75rem; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-size: .9375rem; overflow-wrap: normal; }
caption { text-align: left; padding: .75rem 1rem 0; color: var(--soft); font-size: .875rem; }
th, td { text-align: left; vertical-align: baseline; padding: .6rem 1rem; border-bottom: 1px solid var(--line); }
tbody tr:last-child > * { border-bottom: 0; }
thead th { color: var(--soft); font-size: .8125rem; font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
td.long, th.long { min-width: 12rem; max-width: 26rem; overflow-wrap: anywhere; }
.zero { color: var(--soft); }
.verdict { display: inline-block; white-space: nowrap; font-size: .8125rem; font-weight: 600; border-radius: 1rem; padding: .1rem .65rem; }
.verdict.deny { color: var(--deny); background: var(--deny-soft); } .verdict.escalate { color: var(--hold); background: var(--hold-soft); }
.verdict.allow { color: var(--allow); padding-left: 0; }
.rule > p:first-of-type { font-size: 1.0625rem; }
h3 + .facts-of-rule { margin-top: .5rem; }
.facts-of-rule { color: var(--soft); font-size: .9375rem; display: flex; flex-wrap: wrap; gap: .25rem .75rem; align-items: baseline; }
details { border-top: 1px solid var(--line); margin: 0 -1.5rem; padding: 0 1.5rem; }
.rule > details:first-of-type { margin-top: 1.25rem; } .rule > details:last-of-type { margin-bottom: -1.25rem; }
summary { cursor: pointer; padding: .8rem 0; }
summary .where { color: var(--soft); font-size: .9375rem; }
details[open] { padding-bottom: 1.25rem; }
.every { margin: 0; border: 0; padding: 0; } .every > summary { color: var(--link); }
.talk { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
.talk li { max-width: 44rem; width: fit-content; border-radius: .75rem; padding: .5rem .9rem; background: var(--well); overflow: clip; }
.talk li.customer { background: var(--customer); }
.talk p { margin: 0; white-space: pre-line; } .who { display: block; color: var(--soft); font-size: .8125rem; font-weight: 600; }
.fields { display: grid; grid-template-columns: minmax(7rem, max-content) minmax(0, 1fr); gap: .3rem 1.25rem; margin: 0; }
.fields dt { color: var(--soft); max-width: 16rem; } .fields dd { margin: 0; white-space: pre-wrap; overflow: clip; }
.redacted { color: var(--soft); font-style: italic; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); gap: 0 2.5rem; }
.notes { padding-left: 1.25rem; margin: 0; max-width: 48rem; } .notes li { margin: .4rem 0; }
@media (max-width: 40rem) {
  header { padding-top: 1.5rem; } h1 { font-size: 1.5rem; } .card { padding: 1rem; } details { margin: 0 -1rem; padding: 0 1rem; }
  .rule > details:last-of-type { margin-bottom: -1rem; } .fields { grid-template-columns: minmax(0, 1fr); gap: 0; }
  .fields dd { margin-bottom: .5rem; } .every { margin: 0; padding: 0; }
  .stacked thead { display: block; position: absolute; inline-size: 1px; block-size: 1px; overflow: hidden; clip-path: inset(50%); } .stacked, .stacked tbody, .stacked caption { display: block; }
  .stacked tr { display: grid; grid-template-columns: 1fr auto auto; align-items: baseline; border-bottom: 1px solid var(--line); padding: .4rem 0; }
  .stacked th, .stacked td { border: 0; padding: .15rem 1rem; } .stacked td.long, .stacked td:last-child { grid-column: 1 / -1; min-width: 0; }
}
@page { margin: 1.5cm; }
@media print {
  :root { --page: #fff; --card: #fff; --ink: #000; --soft: #444; --line: #bbb; --well: #f4f4f4; --customer: #eef2ff; }
  body { font-size: 10pt; } header, main, footer { max-width: none; padding: 0; } .skip { display: none; }
  .card, tr, .talk li { break-inside: avoid-page; } .rule { break-inside: auto; } h2, h3, h4, summary { break-after: avoid; }
  .bar, .legend li::before, .verdict, .talk li { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
  .scroll { overflow: visible; } details::details-content { content-visibility: visible; } summary { list-style: none; }
}
`;
