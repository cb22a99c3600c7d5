import { type Behaviour, describeBehaviour } from '../../slack-inbox/behaviour.ts';
import { viewMessage } from '../../slack-inbox/message-view.ts';
import type { Message } from '../../slack-inbox/messages.ts';
import type { Slack } from '../contract.ts';
import type { Sources } from '../sources.ts';

/** The newest messages. The page needs no more at once. */
const shownMessages = 100;

/** What the inbox received, newest first. It is made HTML in which all text is escaped. */
export async function readSlack({ endpoints }: Sources): Promise<Slack> {
  const ask = async (path: string) => {
    const response = await fetch(`${endpoints.slackInboxUrl}${path}`, { signal: AbortSignal.timeout(5_000) });
    if (!response.ok) throw new Error(`The Slack inbox answered ${response.status}`);
    return response;
  };
  const [listed, behaviour] = await Promise.all([ask('/messages'), ask('/behaviour')]);
  const messages = (await listed.json()) as Message[];
  return {
    total: Number(listed.headers.get('x-total-count')),
    failing: describeBehaviour((await behaviour.json()) as Behaviour),
    messages: messages
      .slice(-shownMessages)
      .reverse()
      .map((message) => ({ id: message.id, html: withLocalLinks(viewMessage(message).source) })),
  };
}

const execution = String.raw`https://[\w.-]+\.console\.aws\.amazon\.com/states/home\?[^"<\s]*/executions/details/[^"<\s]+`;
const linked = new RegExp(`<a href="${execution}"[^>]*>(.*?)</a>`, 'g');
const bare = new RegExp(`(?<!["\\w])${execution}`, 'g');

/** Links to executions in AWS's console lead to the view of workflows. The JSON of the message stays. */
export function withLocalLinks(html: string): string {
  const [shown = '', ...json] = html.split('<details>');
  const local = shown
    .replace(linked, '<a href="/workflows">$1</a>')
    .replace(bare, '<a href="/workflows">The execution, in Workflows</a>');
  return [local, ...json].join('<details>');
}
