import type { Block, Button, Text } from './block-kit.ts';
import { type Html, html } from './html.ts';
import type { Message } from './messages.ts';
import { link, mrkdwn, plainText } from './mrkdwn.ts';
import { type Attachment, type Post, parsePost } from './payload.ts';

const viewText = ({ style, text }: Text): Html =>
  style === 'mrkdwn' ? mrkdwn(text) : html`${plainText(text)}`;

const viewButton = ({ label, url }: Button): Html =>
  html`<span class="button">${(url && link(url, plainText(label))) || plainText(label)}</span>`;

const viewBlock = (block: Block): Html => {
  switch (block.type) {
    case 'section':
      return html`<div class="section">
        ${block.text && html`<div>${viewText(block.text)}</div>`}
        ${block.fields.length > 0 && html`<div class="fields">${block.fields.map((field) => html`<div>${viewText(field)}</div>`)}</div>`}
      </div>`;
    case 'header':
      return html`<h2>${viewText(block.text)}</h2>`;
    case 'context':
      return html`<div class="context">${block.elements.map((element) => html`<span>${viewText(element)}</span>`)}</div>`;
    case 'divider':
      return html`<hr>`;
    case 'image':
      return html`<p class="context">🖼 ${link(block.url, block.altText) ?? block.altText}</p>`;
    case 'actions':
      return html`<p class="actions">${block.buttons.map(viewButton)}</p>`;
    case 'other':
      return html`<p class="context">This inbox does not draw “${block.name}” blocks: see the JSON.</p>`;
  }
};

/** Accepts only Slack's three named colours here and hex digits below: other text could be CSS. */
const barClass = (color: string | undefined): string =>
  color === 'good' || color === 'warning' || color === 'danger' ? color : 'plain';

const barColour = (color: string | undefined): string | undefined =>
  /^#?([0-9a-f]{6})$/i.exec(color ?? '')?.[1];

const viewAttachment = (attachment: Attachment): Html => {
  const { color, pretext, title, titleLink, text, fields, footer, blocks } = attachment;
  const colour = barColour(color);
  return html`${pretext && html`<div>${mrkdwn(pretext)}</div>`}
    <div class="attachment ${barClass(color)}"${colour && html` data-colour="#${colour}"`}>
      ${title && html`<p><strong>${(titleLink && link(titleLink, plainText(title))) || plainText(title)}</strong></p>`}
      ${blocks.length > 0 ? blocks.map(viewBlock) : text && html`<div>${mrkdwn(text)}</div>`}
      ${fields.length > 0 && html`<div class="fields">${fields.map((field) => html`<div><strong>${plainText(field.title)}</strong><br>${mrkdwn(field.value)}</div>`)}</div>`}
      ${footer && html`<div class="context"><span>${mrkdwn(footer)}</span></div>`}
    </div>`;
};

/** As in Slack, a message with blocks uses `text` only for the notification. */
const viewPost = ({ text, blocks, attachments }: Post): Html =>
  html`${blocks.length > 0 ? blocks.map(viewBlock) : text && html`<div>${mrkdwn(text)}</div>`}${attachments.map(viewAttachment)}`;

/** One message of the feed. */
export const viewMessage = ({ id, receivedAt, webhook, payload }: Message): Html => {
  const post = parsePost(payload);
  const name = post.username ?? 'Isobar';
  return html`<li class="message" id="message-${id}">
    <div class="avatar" aria-hidden="true">${name.slice(0, 1).toUpperCase()}</div>
    <article aria-label="Message ${id}">
      <header><strong>${name}</strong><span class="app">APP</span><time datetime="${receivedAt}">${receivedAt.slice(11, 19)} UTC</time><span class="number">#${id}</span></header>
      <div class="body">${viewPost(post)}</div>
      <details><summary>JSON</summary><pre>POST ${webhook}\n${JSON.stringify(payload, null, 2)}</pre></details>
    </article>
  </li>`;
};
