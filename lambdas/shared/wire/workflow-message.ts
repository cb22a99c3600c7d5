import type { Database } from '../postgres/database.ts';

/** A message for Slack. Of several with the same key, only the first is stored and sent. */
export interface Message {
  readonly key: string;
  readonly title: string;
  readonly body: string;
  readonly footnote: string;
}

/** Stores messages of workflows, which notify-slack sends. */
export const workflowMessages = ({ query }: Pick<Database, 'query'>) => ({
  async keepMessage({ key, title, body, footnote }: Message): Promise<void> {
    await query(
      `insert into slack_messages (key, title, body, footnote) values ($1, $2, $3, $4)
           on conflict (key) do nothing`,
      [key, title, body, footnote],
    );
  },
});

/**
 * The error of a failed state in one line. The cause of a Glue run or a Lambda is JSON with the message in
 * one field.
 */
export function causeOf({ Error: error, Cause: cause }: { Error: string; Cause: string }): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    const { ErrorMessage, errorMessage } = Object(parsed) as Record<string, unknown>;
    return `${error}: ${ErrorMessage ?? errorMessage ?? cause}`.slice(0, 1_000);
  } catch {
    return `${error}: ${cause}`.slice(0, 1_000);
  }
}

/** The link to an execution in the AWS console. */
export function consoleLink(executionArn: string): string {
  const region = executionArn.split(':')[3];
  return `https://${region}.console.aws.amazon.com/states/home?region=${region}#/v2/executions/details/${executionArn}`;
}
