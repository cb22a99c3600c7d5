import { type Content, type Html, html } from './html.ts';

/** The emoji codes of monitoring messages. Other codes stay as text. */
const emoji: Record<string, string> = {
  bell: '🔔',
  boom: '💥',
  bulb: '💡',
  chart_with_upwards_trend: '📈',
  cloud: '☁️',
  cold_face: '🥶',
  dash: '💨',
  droplet: '💧',
  exclamation: '❗',
  eyes: '👀',
  fire: '🔥',
  hot_face: '🥵',
  hourglass: '⌛',
  information_source: 'ℹ️',
  large_green_circle: '🟢',
  large_orange_circle: '🟠',
  large_red_square: '🟥',
  large_yellow_circle: '🟡',
  mag: '🔍',
  no_entry: '⛔',
  ok: '🆗',
  partly_sunny: '⛅',
  question: '❓',
  rain_cloud: '🌧️',
  red_circle: '🔴',
  rotating_light: '🚨',
  snowflake: '❄️',
  sunny: '☀️',
  thermometer: '🌡️',
  tornado: '🌪️',
  umbrella: '☂️',
  warning: '⚠️',
  wastebasket: '🗑️',
  wave: '👋',
  white_check_mark: '✅',
  wind_blowing_face: '🌬️',
  x: '❌',
  zap: '⚡',
};

/** Slack's three escapes (docs.slack.dev, "Formatting message text"). All other text is literal. */
const unescapeSlack = (text: string): string =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');

/** The text of a `plain_text` object: only emoji codes are replaced. */
export const plainText = (text: string): string =>
  unescapeSlack(text).replace(/:([a-z0-9_+-]+):/g, (code, name: string) => emoji[name] ?? code);

const safeUrl = (target: string): string | undefined => {
  const url = URL.canParse(target) ? new URL(target) : undefined;
  return url && ['http:', 'https:', 'mailto:'].includes(url.protocol) ? url.href : undefined;
};

/** A link in a new tab; undefined if its scheme could run code. */
export const link = (target: string, label: Content): Html | undefined => {
  const href = safeUrl(unescapeSlack(target));
  return href ? html`<a href="${href}" target="_blank" rel="noreferrer noopener">${label}</a>` : undefined;
};

/** `<…>` in mrkdwn: a link, or a mention of a user, channel or group. Other content stays as text. */
const reference = (inside: string): Content => {
  const [target = '', label] = inside.split(/\|(.*)/s);
  if (/^[@#!]/.test(target)) {
    const mention = label ?? (target.startsWith('!') ? `@${target.slice(1)}` : target);
    return html`<span class="mention">${plainText(mention)}</span>`;
  }
  return link(target, plainText(label ?? target.replace(/^mailto:/, ''))) ?? `<${inside}>`;
};

const inlineMarkup =
  /`(?<code>[^`\n]+)`|<(?<ref>[^<>\n]+)>|(?<![\w*])\*(?<bold>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*])|(?<!\w)_(?<italic>[^\s_](?:[^\n]*?\S)?)_(?!\w)|(?<![\w~])~(?<strike>[^\s~](?:[^~\n]*[^\s~])?)~(?![\w~])|(?<br>\n)/gu;

const inline = (text: string): Content[] => {
  const parts: Content[] = [];
  let end = 0;
  for (const match of text.matchAll(inlineMarkup)) {
    const { code, ref, bold, italic, strike } = match.groups ?? {};
    parts.push(plainText(text.slice(end, match.index)));
    if (code) parts.push(html`<code>${unescapeSlack(code)}</code>`);
    else if (ref) parts.push(reference(ref));
    else if (bold) parts.push(html`<strong>${inline(bold)}</strong>`);
    else if (italic) parts.push(html`<em>${inline(italic)}</em>`);
    else if (strike) parts.push(html`<s>${inline(strike)}</s>`);
    else parts.push(html`<br>`);
    end = match.index + match[0].length;
  }
  return [...parts, plainText(text.slice(end))];
};

const quoted = /^(?:>|&gt;) ?/;

/** Consecutive quoted lines form one block, and so do consecutive unquoted lines. */
const paragraphs = (text: string): Html[] => {
  const runs: { quote: boolean; lines: string[] }[] = [];
  for (const line of text.split('\n')) {
    const quote = quoted.test(line);
    const last = runs.at(-1);
    if (last?.quote === quote) last.lines.push(line.replace(quoted, ''));
    else runs.push({ quote, lines: [line.replace(quoted, '')] });
  }
  return runs.map(({ quote, lines }) => {
    const content = inline(lines.join('\n'));
    return quote ? html`<blockquote>${content}</blockquote>` : html`${content}`;
  });
};

/**
 * Slack's mrkdwn as HTML: bold, italic, strike, code, preformatted, quotes, links, mentions, emoji, line
 * breaks.
 */
export const mrkdwn = (text: string): Html =>
  html`${text
    .split(/```\n?([\s\S]*?)\n?```\n?/)
    .map((part, i) =>
      i % 2 ? html`<pre>${unescapeSlack(part)}</pre>` : part === '' ? undefined : paragraphs(part),
    )}`;
