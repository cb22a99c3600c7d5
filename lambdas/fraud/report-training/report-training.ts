import type { RunOutcome } from '../../shared/metrics/metrics.ts';
import { causeOf, consoleLink, type Message } from '../../shared/wire/workflow-message.ts';

/** The workflow's data at its end. Fields of states that were not reached are missing. */
export interface TrainingEnd {
  readonly executionId: string;
  readonly exported?: {
    readonly status: string;
    readonly reason: string;
    readonly version: string;
    readonly training: { readonly rows: number; readonly frauds: number };
    readonly heldOut: { readonly rows: number; readonly frauds: number };
  };
  readonly comparison?: {
    readonly candidate: Judged;
    readonly current: Judged;
    readonly isBetter: boolean;
    readonly reason: string;
  };
  /** The model that scores in shadow from now on. */
  readonly shadow?: { readonly challenger: string };
  readonly promotion?: { readonly promoted: boolean; readonly reason: string };
  /** The error of the state that failed. */
  readonly failure?: { readonly Error: string; readonly Cause: string };
}

interface Judged {
  readonly version: string;
  readonly figures: Readonly<Record<'precision' | 'recall' | 'accuracy' | 'f1', number>>;
}

export const outcomeOf = ({ failure, exported }: TrainingEnd): RunOutcome =>
  failure || !exported ? 'failed' : 'succeeded';

export function composeReport(end: TrainingEnd): Message {
  const { executionId, exported, comparison, promotion, shadow, failure } = end;
  const message = (title: string, ...lines: string[]): Message => ({
    key: `retraining/${executionId}`,
    title,
    body: lines.join('\n'),
    footnote: consoleLink(executionId),
  });
  if (failure || !exported) {
    const cause = failure ? causeOf(failure) : 'The cause is unknown.';
    return message(':x: Retraining of the fraud model failed', cause, 'The current model stays in use.');
  }
  if (!comparison)
    return message(
      ':hourglass: The fraud model was not retrained',
      `Too few labels: ${exported.reason}.`,
      'The current model stays in use.',
    );
  const { training, heldOut } = exported;
  const figures = [
    comparison.reason,
    table([comparison.current, comparison.candidate]),
    `Trained on ${training.rows} labelled transactions with ${training.frauds} frauds; compared on the next ${heldOut.rows}, with ${heldOut.frauds} frauds.`,
  ];
  if (promotion?.promoted)
    return message(`:rocket: New fraud model ${comparison.candidate.version} is in use`, ...figures);
  const why = promotion ? [`The new model was not promoted: ${promotion.reason}.`] : [];
  return message(
    `:white_check_mark: Fraud model ${comparison.current.version} stays in use`,
    ...why,
    ...(shadow ? [`${shadow.challenger} scores in shadow now, without an effect on answers.`] : []),
    ...figures,
  );
}

/** A table in a code block, which Slack shows in a fixed-width font. */
function table(models: readonly Judged[]): string {
  const lines = models.map(({ version, figures: { precision, recall, accuracy, f1 } }) => {
    const cells = [precision, recall, f1, accuracy].map((value) => value.toFixed(3).padStart(9));
    return `${version.padEnd(40)}${cells.join('')}`;
  });
  const names = ['precision', 'recall', 'F1', 'accuracy'].map((name) => name.padStart(9)).join('');
  return ['```', `${'model'.padEnd(40)}${names}`, ...lines, '```'].join('\n');
}
