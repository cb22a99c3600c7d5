import type { Database } from '../../shared/postgres/database.ts';
import { context, escapeText, header, rowIds, type SlackMessage, section } from './blocks.ts';
import type { ComposeOptions, Outbox, OutboxRow } from './notify-slack.ts';
import { outboxTable } from './outbox-table.ts';

/** A message of a workflow that is not sent to Slack yet. */
export interface UnsentMessage extends OutboxRow {
  readonly title: string;
  readonly body: string;
  readonly footnote: string;
}

/** The messages that workflows store in `slack_messages`. Each is sent by itself. */
export const workflowMessages = (database: Pick<Database, 'query'>): Outbox<UnsentMessage> => ({
  ...outboxTable<UnsentMessage, Pick<UnsentMessage, 'title' | 'body' | 'footnote'>>(database, {
    table: 'slack_messages',
    id: 'id',
    attempts: 'slack_retry_count',
    columns: ['title', 'body', 'footnote'],
    rowOf: ({ title, body, footnote }) => ({ title, body, footnote }),
  }),
  name: 'message',
  group: (messages) => messages.map((message) => [message]),
  compose: composeMessages,
});

function composeMessages(messages: readonly UnsentMessage[], options: ComposeOptions): SlackMessage {
  const [first] = messages;
  return {
    text: escapeText(first?.title ?? ''),
    blocks: [
      ...messages.flatMap(({ title, body, footnote }) => [
        header(title.slice(0, 150)),
        section(escapeText(body, 2_800)),
        ...(footnote ? [context(escapeText(footnote, 500))] : []),
      ]),
      rowIds(
        'message',
        messages.map(({ id }) => id),
        options,
      ),
    ],
  };
}
