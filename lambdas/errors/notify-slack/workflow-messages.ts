import type { Database } from '../../shared/postgres/database.ts';
import { context, escapeText, header, rowsTold, type SlackMessage, section } from './blocks.ts';
import type { Outbox, OutboxRow, Repetition } from './notify-slack.ts';
import { outboxTable } from './outbox-table.ts';

/** What a workflow has to say. */
export interface UnsentMessage extends OutboxRow {
  readonly title: string;
  readonly body: string;
  readonly footnote: string;
}

/** The messages that workflows leave; each is told by itself. */
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

function composeMessages(messages: readonly UnsentMessage[], repetition: Repetition): SlackMessage {
  const [first] = messages;
  return {
    text: escapeText(first?.title ?? ''),
    blocks: [
      ...messages.flatMap(({ title, body, footnote }) => [
        header(title.slice(0, 150)),
        section(escapeText(body, 2_800)),
        ...(footnote ? [context(escapeText(footnote, 500))] : []),
      ]),
      rowsTold(
        'message',
        messages.map(({ id }) => id),
        repetition,
      ),
    ],
  };
}
