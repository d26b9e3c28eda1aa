/** The page's style sheet: system fonts, light and dark, narrow screens, paper. */
export const styleSheet = `
:root { color-scheme: light dark;
  --ink: #1c2430; --soft: #5a6474; --line: #d9dee6; --paper: #ffffff; --raised: #f6f8fa; --link: #0b5cad;
  --c1: #0072b2; --c2: #d98a00; --c3: #009e73; --c4: #c2649a; --c5: #3f9fd6; --c6: #d55e00; --c7: #7d8590; --c8: #1c2430;
  --baseline: #7d8590; --method: #0072b2; --control: #d98a00; --oracle: #c2649a;
  --baseline-tint: rgba(125,133,144,.14); --method-tint: rgba(0,114,178,.13); --control-tint: rgba(217,138,0,.17); --oracle-tint: rgba(194,100,154,.17);
  --good: #00664b; --bad: #a8321d;
  --warn: #8a4b00; --warn-tint: #fff4de; --warn-line: #e3a53a; }
@media (prefers-color-scheme: dark) { :root {
  --ink: #e4e9f0; --soft: #9da8b8; --line: #353d49; --paper: #14181e; --raised: #1c222b; --link: #6db3f2;
  --c1: #4ea8e0; --c2: #f0b440; --c3: #2cc79b; --c4: #e08fbd; --c5: #8fd0f5; --c6: #f58549; --c7: #a5adb8; --c8: #e4e9f0;
  --baseline: #a5adb8; --method: #4ea8e0; --control: #f0b440; --oracle: #e08fbd;
  --good: #4fd1a8; --bad: #ff9b85;
  --warn: #f7cf86; --warn-tint: #33280f; --warn-line: #8a6a1f; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { counter-reset: figure; max-width: 66rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 1.2rem 0 .6rem; letter-spacing: -.01em; }
h2 { font-size: 1.35rem; line-height: 1.3; margin: 3rem 0 .6rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h3 { font-size: 1.05rem; margin: 2rem 0 .4rem; }
h4 { font-size: .9rem; margin: 0 0 .25rem; font-weight: 600; }
p, li, dd { max-width: 46rem; }
p { margin: .6rem 0; }
a { color: var(--link); }
h1, h2, h3, h4, p, li, td, th, dd, figcaption, summary { overflow-wrap: break-word; }
.lead { font-size: 1.08rem; }
.banner { border: 1px solid var(--warn-line); border-left-width: 6px; background: var(--warn-tint); color: var(--warn); border-radius: 4px; padding: .7rem 1rem; margin: 0 0 .8rem; }
.banner p { margin: 0; max-width: none; }
.banner details, .banner table { color: var(--ink); }
.scroll { overflow-x: auto; }
figure { margin: 1.4rem 0 2.2rem; }
figcaption { font-size: .9rem; color: var(--soft); max-width: 46rem; margin-top: .5rem; counter-increment: figure; }
figcaption::before { content: "Figure " counter(figure) ". "; font-weight: 600; color: var(--ink); }
details { margin: .5rem 0; font-size: .9rem; }
summary { cursor: pointer; color: var(--link); }
pre { background: var(--raised); border: 1px solid var(--line); border-radius: 4px; padding: .8rem 1rem; overflow-x: auto; font-size: .82rem; line-height: 1.45; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { font-size: .9em; overflow-wrap: anywhere; }
td code { white-space: nowrap; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .92rem; }
th, td { padding: .42rem .65rem; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { border-bottom: 2px solid var(--ink); white-space: nowrap; vertical-align: bottom; }
.number { text-align: right; white-space: nowrap; }
thead .number { white-space: normal; }
.scores { width: 100%; }
.scores tbody th { font-weight: 500; min-width: 11rem; }
.scores .interval, .scores .odd { display: block; font-size: .78rem; color: var(--soft); }
.scores .best { font-weight: 700; }
.scores .best .mark { display: block; font-size: .72rem; letter-spacing: .03em; text-transform: uppercase; }
.scores .best .interval, .scores .best .odd { font-weight: 400; }
.scores .group th { padding-top: 1.3rem; font-weight: 600; border-bottom: 1px solid var(--ink); }
.scores small { font-weight: 400; color: var(--soft); display: block; max-width: min(40rem, 80vw); line-height: 1.4; }
.baseline { --role: var(--baseline); --tint: var(--baseline-tint); } .method { --role: var(--method); --tint: var(--method-tint); }
.control { --role: var(--control); --tint: var(--control-tint); } .oracle { --role: var(--oracle); --tint: var(--oracle-tint); }
tr.baseline > th, tr.method > th, tr.control > th, tr.oracle > th { border-left: 4px solid var(--role); }
tr.control > *, tr.oracle > * { background: var(--tint); }
.role { display: inline-block; font-size: .72rem; line-height: 1.5; padding: 0 .45em; border-radius: 3px; background: var(--tint); border: 1px solid var(--role); font-weight: 500; white-space: nowrap; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.1rem; padding: 0; margin: 0 0 .5rem; font-size: .88rem; }
.legend i { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin-right: .4em; }
.legend b { margin-right: .4em; font-weight: 700; }
.plot { display: block; width: 100%; max-width: 54rem; min-width: 520px; height: auto; overflow: visible; --plot-background: var(--paper); }
.plot text { white-space: pre; }
.panels { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 18.5rem), 1fr)); column-gap: 1.6rem; }
.panels > div { min-width: 0; display: grid; grid-template-rows: subgrid; grid-row: span 3; margin-bottom: 1.4rem; }
.panels.wide { grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr)); }
.panels.narrow { grid-template-columns: repeat(auto-fill, minmax(min(100%, 14rem), 1fr)); }
.panels h4 { align-self: end; }
.panels .plot { min-width: 0; }
.panels p { font-size: .84rem; color: var(--soft); margin: .2rem 0 0; }
.spectrogram { display: grid; grid-template-columns: 2.1rem 1fr; font-size: .72rem; color: var(--soft); line-height: 1; }
.spectrogram img { display: block; width: 100%; height: 9.5rem; border: 1px solid var(--line); }
.spectrogram .frequency, .spectrogram .time { position: relative; }
.spectrogram .time { grid-column: 2; height: 1.4rem; }
.spectrogram span { position: absolute; white-space: nowrap; }
.spectrogram .frequency span { right: .35rem; transform: translateY(50%); }
.spectrogram .time span { top: .3rem; transform: translateX(-50%); }
.spectrogram .time span:last-child { transform: translateX(-100%); }
.spectrogram .frequency span:last-child { transform: translateY(100%); }
.colours { display: flex; align-items: center; gap: .6rem; font-size: .84rem; color: var(--soft); margin: 0 0 1rem; }
.colours i { display: inline-block; width: 12rem; max-width: 40vw; height: .8rem; border: 1px solid var(--line); print-color-adjust: exact; -webkit-print-color-adjust: exact; }
.answers { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1rem; margin: 1rem 0; }
.answer { border: 1px solid var(--line); border-top: 4px solid var(--c1); border-radius: 4px; background: var(--raised); padding: .8rem 1rem; min-width: 0; }
.answer h3 { margin: 0; font-size: .95rem; line-height: 1.4; font-weight: 600; }
.answer .value { font-size: 1.55rem; line-height: 1.3; font-weight: 700; margin: .35rem 0 0; font-variant-numeric: tabular-nums; }
.answer .verdict { margin: 0 0 .5rem; font-weight: 600; color: var(--soft); }
.answer dl { font-size: .86rem; line-height: 1.45; margin: 0; gap: .2rem .8rem; }
.answer dt { font-weight: 600; }
.passed { color: var(--good); } .failed { color: var(--bad); }
tr.failing > * { background: var(--warn-tint); }
td small, tbody th small { display: block; font-size: .78rem; color: var(--soft); font-weight: 400; white-space: normal; }
tbody th { font-weight: 500; }
table[data-table^="comparisons"] tbody th { min-width: 13rem; }
.note { font-size: .88rem; color: var(--soft); margin-bottom: 1.4rem; }
pre.json { max-height: 20rem; overflow: auto; white-space: pre-wrap; overflow-wrap: anywhere; }
.cautions li { margin: .3rem 0; }
.heads h4 { color: var(--soft); }
.heads { display: flex; flex-wrap: wrap; gap: 1rem 1.4rem; align-items: flex-start; margin: 0 0 .4rem; }
.heads > div { width: 11.5rem; } .heads > div:first-child { width: 19rem; max-width: 100%; }
.heads .plot { min-width: 0; }
.head image { image-rendering: auto; }
.electrodes circle { fill: #10151c; stroke: #fff; stroke-width: .4; }
.players { width: 100%; }
.players audio { display: block; width: 100%; min-width: 14rem; max-width: 24rem; height: 2.2rem; }
.players td, .players th { vertical-align: middle; }
.players tbody th { font-weight: 500; }
.players small { color: var(--soft); }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; margin: .6rem 0; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
@media (max-width: 40rem) {
  main { padding: 1rem .9rem 3rem; } h1 { font-size: 1.5rem; } dl { grid-template-columns: 1fr; gap: 0; } dd { margin-bottom: .5rem; }
  .answer dl { grid-template-columns: max-content 1fr; gap: .2rem .8rem; } .answer dd { margin: 0; }
  th, td { padding: .38rem .45rem; }
  .scores tbody th { min-width: 9rem; }
  .players, .players tbody, .players tr, .players th, .players td { display: block; text-align: left; }
  .players thead, .players td:empty { display: none; } .players th, .players td { border: 0; padding: .15rem .5rem; }
  .players tr { border-bottom: 1px solid var(--line); padding: .5rem 0; } .players .number::before { content: "SDR gain "; } .players .number::after { content: " dB"; }
}
@media print {
  :root { --ink: #000; --paper: #fff; --soft: #444; --line: #ccc; --raised: #fff; }
  body { font-size: 10pt; } main { max-width: none; padding: 0; }
  audio, .players .sound { display: none; } details:not([open]) { display: none; }
  figure, tr { break-inside: avoid; } h2, h3 { break-after: avoid; } .scroll { overflow: visible; }
  .plot { min-width: 0; } * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
`;

/** One player at a time: a player that starts stops the others. The page works without it. */
export const pageScript = `
document.addEventListener("play", (event) => {
  for (const player of document.querySelectorAll("audio")) if (player !== event.target) player.pause();
}, true);
`;
