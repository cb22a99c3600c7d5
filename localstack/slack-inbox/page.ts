import type { Behaviour } from './behaviour.ts';
import { Html, html } from './html.ts';
import { viewMessage } from './message-view.ts';
import type { Messages } from './messages.ts';
import { pageScript } from './page-script.ts';
import { pageStyle } from './page-style.ts';

const viewBehaviour = ({
  status,
  delayMs,
  answerDelayMs,
  retryAfterS,
  hangUp,
}: Behaviour): string | undefined => {
  const refusing = status === 200 ? [] : [`answering ${status}`];
  const delaying = delayMs === 0 ? [] : [`after ${delayMs} ms`];
  const stalling = answerDelayMs === 0 ? [] : [`keeping messages, and answering ${answerDelayMs} ms later`];
  const retrying = retryAfterS === undefined ? [] : [`Retry-After ${retryAfterS} s`];
  const closing = hangUp === 0 ? [] : ['closing the connection instead of answering'];
  const parts = [...refusing, ...delaying, ...stalling, ...retrying, ...closing];
  return parts.length > 0 ? `Failure switch is on: ${parts.join(', ')}` : undefined;
};

/** The notice above the feed while the failure switch is on. */
export const viewNotice = (behaviour: Behaviour): Html => html`${viewBehaviour(behaviour)}`;

/**
 * The whole page, newest message first. Its Content-Security-Policy allows only styles and scripts with
 * `nonce`.
 */
export const viewPage = (inbox: { messages: Messages; behaviour: Behaviour; nonce: string }): string => {
  const { messages, behaviour, nonce } = inbox;
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>Slack inbox · Isobar</title>
<link rel="icon" href="data:,">
<style nonce="${nonce}">${new Html(pageStyle)}</style>
</head>
<body>
<header class="bar">
  <h1>Slack inbox</h1>
  <span class="live" id="live" role="status">connecting</span>
  <span class="total"><b id="total">${messages.total}</b> received</span>
  <button id="clear" type="button">Clear</button>
</header>
<main>
  <p class="notice" id="notice" role="alert">${viewNotice(behaviour)}</p>
  <ol id="feed">${messages.latest.toReversed().map(viewMessage)}</ol>
  <div class="empty">
    <p class="sky" aria-hidden="true">☁️</p>
    <h2>No messages yet</h2>
    <p>Alerts and summaries for Slack appear here when they are sent.</p>
    <pre>curl -d '{"text":"*Hello* from the terminal"}' <span id="here"></span>/services/local</pre>
  </div>
</main>
<script nonce="${nonce}">${new Html(pageScript)}</script>
</body>
</html>
`;
  return page.source;
};
