/** Both colour schemes have a contrast of at least 4.5 to 1 for text, and 3 to 1 for controls and graphics. */
export const style = `
:root {
  color-scheme: light dark;
  --ground: #fbfbfa; --surface: #ffffff; --ink: #1c2126; --faint: #566069; --line: #d5dade;
  --link: #0b5cad; --accent: #2a78c4; --track: #e6eaed; --good: #146c3a; --bad: #b3231a;
  --good-ground: #e3f4e9; --bad-ground: #fdeceb; --mark: #ffe08a; --mark-ink: #1c2126; --current: #ff9d3b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #14181c; --surface: #1b2026; --ink: #e4e8eb; --faint: #a2adb7; --line: #353d45;
    --link: #7fbcf5; --accent: #5aa2e6; --track: #2a3138; --good: #7ed9a0; --bad: #ff9c94;
    --good-ground: #17301f; --bad-ground: #3a1c1a; --mark: #6b5300; --mark-ink: #fff4d1; --current: #a85300;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 64rem; padding: 0 1rem 3rem; background: var(--ground); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
header { padding-top: 2rem; }
h1 { margin: .25rem 0; font-size: 1.75rem; line-height: 1.2; }
h2 { margin: 0 0 1rem; font-size: 1.25rem; line-height: 1.3; }
h3 { margin: 1.25rem 0 .5rem; font-size: 1rem; }
p { margin: .5rem 0; }
a { color: var(--link); }
a:focus-visible, button:focus-visible, input:focus-visible, summary:focus-visible, pre:focus-visible, main:focus-visible {
  outline: 3px solid var(--accent); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; padding: .5rem 1rem; background: var(--surface); }
.skip:focus { left: 1rem; top: .5rem; }
.visually-hidden { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.verdict { display: inline-block; margin: 0 0 .5rem; padding: .125rem .75rem; border: 1px solid currentColor; border-radius: 1rem; font-weight: 600; }
.good { color: var(--good); background: var(--good-ground); }
.bad { color: var(--bad); background: var(--bad-ground); }
nav ul { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 1rem 0 0; padding: 0; list-style: none; }
nav a { display: inline-block; padding: .25rem 0; }
section { margin-top: 1.5rem; padding: 1.25rem; background: var(--surface); border: 1px solid var(--line); border-radius: .5rem; }
article + article { border-top: 1px solid var(--line); margin-top: 1rem; }
article:first-child h3, .console > h3, section > h3:first-of-type { margin-top: 0; }
.at { color: var(--faint); font-weight: 400; }
.console + .console { margin-top: 1.75rem; }
.facts { margin: 0; }
.facts > div { display: grid; grid-template-columns: 12rem 1fr; gap: 0 1rem; padding: .25rem 0; }
dt { color: var(--faint); }
dd { margin: 0; }
code, pre, output { font-family: ui-monospace, monospace; font-size: .875rem; }
.reference { display: flex; align-items: start; justify-content: space-between; gap: .5rem; }
.reference code { user-select: all; -webkit-user-select: all; min-width: 0; }
.copy { flex: none; padding: 0 .5rem; font: inherit; font-size: .8125rem; line-height: 1.5rem; color: var(--link); background: none; border: 1px solid var(--line); border-radius: .25rem; cursor: pointer; }
.copy.done { color: var(--good); border-color: currentColor; }
.cause { padding: .25rem 1rem; border-left: 4px solid var(--bad); background: var(--bad-ground); }
section > .cause + h3 { margin-top: 1.25rem; }
.what { font-weight: 600; }
.log { max-height: 32rem; margin: .5rem 0 0; padding: .75rem; overflow: auto; background: var(--ground); border: 1px solid var(--line); border-radius: .25rem;
  line-height: 1.4; white-space: pre; overflow-wrap: normal; tab-size: 8; }
summary { cursor: pointer; padding: .25rem 0; color: var(--link); }
.timeline { margin: 0; padding: 0; list-style: none; }
.timeline li { display: grid; grid-template-columns: 6rem 9rem 6rem 1fr; gap: 0 1rem; padding: .375rem 0; }
.timeline svg { grid-column: 1 / -1; width: 100%; height: .5rem; border-radius: .25rem; fill: var(--accent); }
.timeline .track { fill: var(--track); }
.timeline .failed svg { fill: var(--bad); }
.stage { font-weight: 600; }
.took, .bytes { font-variant-numeric: tabular-nums; }
.detail { color: var(--faint); }
.failed .took { color: var(--bad); }
.strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); gap: 1rem; }
figure { margin: 0; scroll-margin-top: 1rem; }
figure img { display: block; width: 100%; height: auto; border: 1px solid var(--line); border-radius: .25rem; background: #000; }
figure:target { grid-column: 1 / -1; }
figcaption { color: var(--faint); font-size: .875rem; }
.search { display: flex; flex-wrap: wrap; align-items: center; gap: .5rem; }
.search[hidden] { display: none; }
input { flex: 1 1 12rem; min-width: 0; padding: .375rem .5rem; font: inherit; color: inherit; background: var(--ground); border: 1px solid var(--faint); border-radius: .25rem; }
::placeholder { color: var(--faint); opacity: 1; }
output { min-width: 7rem; }
mark { background: var(--mark); color: var(--mark-ink); }
mark[aria-current] { background: var(--current); color: var(--mark-ink); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .25rem .5rem .25rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { color: var(--faint); font-weight: 400; }
.messages { margin: 0; padding: 0; list-style: none; }
.messages .at { display: inline-block; min-width: 6rem; font-variant-numeric: tabular-nums; }
.warning strong { color: var(--bad); }
footer { margin-top: 1.5rem; color: var(--faint); font-size: .875rem; }
@media (max-width: 40rem) {
  section { padding: 1rem .75rem; }
  .facts > div { grid-template-columns: 1fr; }
  .timeline li { grid-template-columns: 1fr auto auto; }
  .timeline .detail { grid-column: 1 / -1; }
  .strip { grid-template-columns: repeat(2, 1fr); gap: .5rem; }
  th, td { font-size: .875rem; padding-right: .375rem; }
  .log { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 24rem; }
}
@media (prefers-reduced-motion: no-preference) { html { scroll-behavior: smooth; } }
@media print { .skip, nav, .copy, .search { display: none; } .log { max-height: none; white-space: pre-wrap; } section { break-inside: avoid-page; } }
`;
