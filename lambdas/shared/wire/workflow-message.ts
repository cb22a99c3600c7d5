import { addToMetrics, observed } from '../metrics/metric-tables.ts';
import { counters, histograms, type ReportedWorkflow, type RunOutcome } from '../metrics/metrics.ts';
import type { Database } from '../postgres/database.ts';

/** A message for Slack. Of several with the same key, only the first is stored and sent. */
export interface Message {
  readonly key: string;
  readonly title: string;
  readonly body: string;
  readonly footnote: string;
}

/** A run of a workflow that ends with its message. */
export interface EndedRun {
  readonly workflow: ReportedWorkflow;
  readonly outcome: RunOutcome;
  /** When the execution started, in RFC 3339. */
  readonly startedAt: string;
}

/** Stores messages of workflows, which notify-slack sends. */
export const workflowMessages = ({ transaction }: Pick<Database, 'transaction'>) => ({
  /** Stores the message and counts its run. A repeated report does neither. */
  async keepMessage(
    { key, title, body, footnote }: Message,
    { workflow, outcome, startedAt }: EndedRun,
  ): Promise<void> {
    const seconds = (Date.now() - Date.parse(startedAt)) / 1_000;
    await transaction(async (query) => {
      const stored = await query(
        `insert into slack_messages (key, title, body, footnote) values ($1, $2, $3, $4)
             on conflict (key) do nothing
          returning id`,
        [key, title, body, footnote],
      );
      if (stored.length === 0) return;
      await addToMetrics(query, {
        counters: [{ name: counters.workflowRuns.name, labels: { workflow, outcome }, by: 1 }],
        histograms: [observed(histograms.workflowRunDuration, { workflow }, seconds)],
      });
    });
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
