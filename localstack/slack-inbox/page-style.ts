/** The style sheet of the page: system fonts, light and dark scheme, no external files. */
export const pageStyle = `
:root {
  --ground: #f7f7f5; --card: #fff; --line: #e4e3df; --text: #1d1c1d; --soft: #6a6a70; --link: #0b62a8;
  --accent: #4a154b; --good: #1f8f5f; --warning: #c98500; --danger: #cf2b46; --code: #f1efec; --code-text: #b3174b;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #17181b; --card: #202226; --line: #34373d; --text: #e6e5e3; --soft: #9b9ca3; --link: #6cb6f2;
    --accent: #7c3f8c; --good: #3ebd87; --warning: #e5b03d; --danger: #f0617a; --code: #2b2d33; --code-text: #f29ab6;
  }
}
* { box-sizing: border-box; margin: 0; }
body { background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans KR', 'Apple SD Gothic Neo', sans-serif; }
a { color: var(--link); text-decoration: none; } a:hover { text-decoration: underline; }
.bar { position: sticky; top: 0; z-index: 1; display: flex; align-items: center; gap: 14px; padding: 12px max(20px, calc(50vw - 380px)); background: var(--card); border-bottom: 1px solid var(--line); }
h1 { font-size: 17px; letter-spacing: -.01em; }
.live { display: inline-flex; align-items: center; gap: 6px; color: var(--soft); font-size: 13px; }
.live::before { content: ''; width: 8px; height: 8px; border-radius: 50%; background: var(--warning); }
.live.on::before { background: var(--good); }
.total { margin-left: auto; color: var(--soft); font-size: 13px; font-variant-numeric: tabular-nums; }
.total b { color: var(--text); }
button { font: inherit; font-size: 13px; padding: 4px 12px; color: var(--text); background: transparent; border: 1px solid var(--line); border-radius: 6px; cursor: pointer; }
button:hover { border-color: var(--soft); } :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
main { max-width: 800px; margin: 0 auto; padding: 20px; }
.notice { margin-bottom: 16px; padding: 8px 14px; border-radius: 8px; background: color-mix(in srgb, var(--warning) 16%, var(--card)); border: 1px solid color-mix(in srgb, var(--warning) 45%, var(--line)); }
.notice:empty { display: none; }
ol { list-style: none; padding: 0; background: var(--card); border: 1px solid var(--line); border-radius: 12px; overflow: hidden; }
ol:empty { display: none; } ol:not(:empty) + .empty { display: none; }
.message { display: flex; gap: 12px; padding: 14px 18px; }
.message + .message { border-top: 1px solid var(--line); }
.message.new { animation: arrive 1.6s ease-out; }
@keyframes arrive { from { background: color-mix(in srgb, var(--warning) 22%, var(--card)); } }
@media (prefers-reduced-motion: reduce) { .message.new { animation: none; } }
.avatar { flex: none; width: 36px; height: 36px; border-radius: 8px; display: grid; place-items: center; font-weight: 700; color: #fff; background: var(--accent); }
article { min-width: 0; flex: 1; overflow-wrap: anywhere; }
article > header { display: flex; align-items: baseline; gap: 8px; }
.app { font-size: 10px; font-weight: 600; padding: 0 4px; border-radius: 3px; color: var(--soft); background: var(--code); }
time, .number { font-size: 12px; color: var(--soft); font-variant-numeric: tabular-nums; } .number { margin-left: auto; }
.body > * + *, .attachment > * + * { margin-top: 8px; }
h2 { font-size: 18px; line-height: 1.3; margin-top: 4px; }
hr { border: 0; border-top: 1px solid var(--line); }
.fields { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px 20px; }
.section > * + * { margin-top: 8px; }
.context { display: flex; flex-wrap: wrap; gap: 4px 12px; font-size: 13px; color: var(--soft); }
.attachment { padding: 2px 0 2px 12px; border-left: 4px solid var(--bar, var(--line)); border-radius: 2px; }
.attachment.good { --bar: var(--good); } .attachment.warning { --bar: var(--warning); } .attachment.danger { --bar: var(--danger); }
code, pre { font: 13px/1.5 ui-monospace, 'SF Mono', Menlo, Consolas, monospace; }
code { padding: 1px 4px; border-radius: 4px; border: 1px solid var(--line); color: var(--code-text); background: var(--code); }
pre { padding: 8px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--code); white-space: pre-wrap; overflow-wrap: anywhere; }
div > pre { margin: 6px 0; }
blockquote { padding-left: 12px; border-left: 4px solid var(--line); }
.mention { padding: 0 3px; border-radius: 3px; background: color-mix(in srgb, var(--warning) 20%, transparent); }
.actions { display: flex; flex-wrap: wrap; gap: 8px; }
.button { padding: 3px 12px; border: 1px solid var(--line); border-radius: 6px; font-weight: 600; font-size: 13px; } .button a { color: inherit; }
details { margin-top: 8px; font-size: 12px; color: var(--soft); } summary { width: fit-content; cursor: pointer; }
details pre { margin-top: 6px; max-height: 320px; overflow: auto; }
.empty { padding: 72px 20px; text-align: center; color: var(--soft); }
.empty .sky { font-size: 44px; line-height: 1; } .empty h2 { color: var(--text); margin: 12px 0 4px; }
.empty pre { display: inline-block; margin-top: 20px; text-align: left; }
@media (max-width: 560px) { main { padding: 12px; } .message { padding: 12px; } }
`;
