import { causeOf, consoleLink, type Message } from '../../shared/wire/workflow-message.ts';

/** What the workflow knows at its end. What is missing was not reached. */
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
  readonly promotion?: { readonly promoted: boolean; readonly reason: string };
  /** Of a state that could not do its work. */
  readonly failure?: { readonly Error: string; readonly Cause: string };
}

interface Judged {
  readonly version: string;
  readonly figures: Readonly<Record<'precision' | 'recall' | 'accuracy' | 'f1', number>>;
}

export function composeReport(end: TrainingEnd): Message {
  const { executionId, exported, comparison, promotion, failure } = end;
  const message = (title: string, ...lines: string[]): Message => ({
    key: `retraining/${executionId}`,
    title,
    body: lines.join('\n'),
    footnote: consoleLink(executionId),
  });
  if (failure || !exported) {
    const cause = failure ? causeOf(failure) : 'It is not known why.';
    return message(':x: Retraining of the fraud model failed', cause, 'The model in use stays.');
  }
  if (!comparison)
    return message(
      ':hourglass: The fraud model was not trained anew',
      `Too few labels: ${exported.reason}.`,
      'The model in use stays.',
    );
  const { training, heldOut } = exported;
  const figures = [
    comparison.reason,
    table([comparison.current, comparison.candidate]),
    `Trained on ${training.rows} labelled transactions with ${training.frauds} frauds; compared on the ${heldOut.rows} after them, with ${heldOut.frauds}.`,
  ];
  if (promotion?.promoted)
    return message(`:rocket: New fraud model ${comparison.candidate.version} is in use`, ...figures);
  const why = promotion ? [`It was not put to use: ${promotion.reason}.`] : [];
  return message(
    `:white_check_mark: The fraud model stays ${comparison.current.version}`,
    ...why,
    ...figures,
  );
}

/** In a block of code, where Slack keeps columns straight. */
function table(models: readonly Judged[]): string {
  const lines = models.map(({ version, figures: { precision, recall, accuracy, f1 } }) => {
    const cells = [precision, recall, f1, accuracy].map((value) => value.toFixed(3).padStart(9));
    return `${version.padEnd(40)}${cells.join('')}`;
  });
  const names = ['precision', 'recall', 'F1', 'accuracy'].map((name) => name.padStart(9)).join('');
  return ['```', `${'model'.padEnd(40)}${names}`, ...lines, '```'].join('\n');
}
