import { unitOfAlert } from '../../lambdas/shared/wire/alert-types.ts';
import type { View } from './screen.ts';
import type { AlertLine, LiveState, PlatformCounts } from './state.ts';
import {
  columns,
  cutAtWord,
  formatCount,
  formatDuration,
  formatSensor,
  type Paint,
  padEnd,
  padStart,
  painter,
  sparkline,
} from './text.ts';

const labelColumns = 18;
const countColumns = 11;
const gutter = 4;

/** A tick when a count equals the expected one, otherwise the difference. */
const reconciled = (count: number, expected: number, paint: Paint): string => {
  if (count === expected) return paint('green', '✓');
  const sign = count < expected ? '−' : '+';
  return paint('yellow', `${sign}${formatCount(Math.abs(count - expected))}`);
};

const count = (label: string, value: number, mark: string, paint: Paint): string =>
  `${padEnd(label, labelColumns)}${paint('bold', padStart(formatCount(value), countColumns))} ${mark}`;

const countColumnsOf = ({ counts, filesDropped }: LiveState, paint: Paint): [string[], string[]] => {
  const { filesRead, rowsRead, rowsValid, rowsInvalid, rowsLanded, errorsStored } = counts;
  return [
    [
      count('Files dropped', filesDropped, '', paint),
      count('Files read', filesRead, reconciled(filesRead, filesDropped, paint), paint),
      count('Rows in', rowsRead, '', paint),
      count('  valid', rowsValid, '', paint),
      count('  invalid', rowsInvalid, '', paint),
      count('Late rows', counts.lateObservations, '', paint),
      count('Retried', counts.retried, '', paint),
    ],
    [
      count('Rows landed', rowsLanded, reconciled(rowsLanded, rowsValid, paint), paint),
      count('Parquet objects', counts.parquetObjects, '', paint),
      count('Errors stored', errorsStored, reconciled(errorsStored, rowsInvalid, paint), paint),
      count('Alerts', counts.alerts, '', paint),
      count('Anomalies', counts.anomalies, '', paint),
      count('Slack messages', counts.slackMessages, '', paint),
      count('Retries exhausted', counts.retriesExhausted, '', paint),
    ],
  ];
};

const viewCounts = (state: LiveState, width: number, paint: Paint): string[] => {
  const [left, right] = countColumnsOf(state, paint);
  const leftColumns = labelColumns + countColumns + gutter + 4;
  if (width < leftColumns + labelColumns + countColumns + 8) return [...left, ...right];
  return left.map((line, i) => `${padEnd(line, leftColumns)}${right[i]}`);
};

const viewRate = (label: string, rates: readonly number[], width: number, paint: Paint): string => {
  const now = `${formatCount(rates.at(-1) ?? 0)} now, ${formatCount(Math.max(0, ...rates))} peak`;
  const room = Math.min(60, width - labelColumns - columns(now) - 3);
  return `${padEnd(label, labelColumns)}${paint('cyan', sparkline(rates, room))}  ${now}`;
};

const viewScoring = (
  { scored, failed, frauds, medianMs, drift }: LiveState['scoring'],
  paint: Paint,
): string => {
  const parts = [
    `${formatCount(scored)} scored`,
    ...(failed > 0 ? [paint('yellow', `${formatCount(failed)} failed`)] : []),
    paint(frauds > 0 ? 'red' : 'dim', `${formatCount(frauds)} flagged as fraud`),
    ...(medianMs === undefined ? [] : [`p50 ${Math.round(medianMs)} ms`]),
    drift === undefined ? paint('dim', 'drift unknown') : `drift ${drift.toFixed(2)}`,
  ];
  return `${padEnd('', labelColumns)}${parts.join(', ')}`;
};

const viewEvaluation = ({ evaluation }: LiveState['scoring']): string[] => {
  if (!evaluation) return [];
  const { precision, recall, labelled, frauds } = evaluation;
  // Without a labelled fraud both metrics are 0 and tell nothing about the model.
  const metrics =
    frauds > 0
      ? `precision ${precision.toFixed(2)}, recall ${recall.toFixed(2)} on ${formatCount(frauds)} labelled frauds`
      : `no fraud among ${formatCount(labelled)} labelled transactions yet`;
  return [`${padEnd('', labelColumns)}${metrics}`];
};

const viewLag = (lag: PlatformCounts['lag'], paint: Paint): string[] =>
  Object.entries(lag).map(([group, records], i) => {
    const shown = records === 0 ? paint('green', '0') : paint('yellow', formatCount(records));
    return `${padEnd(i === 0 ? 'Lag' : '', labelColumns)}${padEnd(group, 20)} ${shown}`;
  });

/** The consumer groups that lag, in one line. */
const viewLagShortly = (lag: PlatformCounts['lag'], paint: Paint): string => {
  const behind = Object.entries(lag).filter(([, records]) => records > 0);
  const shown = behind.map(([group, records]) => `${group} ${formatCount(records)}`).join(', ');
  return `${padEnd('Lag', labelColumns)}${shown === '' ? paint('green', '0') : paint('yellow', shown)}`;
};

const viewAlert = ({ eventTime, location, type, value }: AlertLine, paint: Paint): string => {
  const time = eventTime.toISOString().slice(5, 16).replace('T', ' ');
  const reading = `${value} ${unitOfAlert(type)}`.trimEnd();
  return `  ${paint('dim', time)}  ${paint('red', padEnd(type, 12))}${padStart(reading, 11)}  ${location}`;
};

const viewAlerts = (alerts: readonly AlertLine[], paint: Paint): string[] => {
  const title = 'Last alerts';
  if (alerts.length === 0) return [`${padEnd(title, labelColumns)}${paint('dim', 'none yet')}`];
  return [
    `${title} ${paint('dim', '(time of the observation, UTC)')}`,
    ...alerts.slice(0, 5).map((alert) => viewAlert(alert, paint)),
  ];
};

/** An address that does not fit is left out: a part of it is of no use, and the file has all of them. */
const viewAddresses = (urls: LiveState['urls'], room: number, paint: Paint): string[] =>
  urls
    .filter(({ url }) => labelColumns + columns(url) <= room)
    .map(({ name, url }) => `${padEnd(name, labelColumns)}${paint('underline', url)}`);

/** The counts that matter most, a line for files, one for rows and one for errors. */
const viewCountsShortly = ({ counts, filesDropped }: LiveState, paint: Paint): string[] => {
  const { filesRead, rowsValid, rowsInvalid, rowsLanded, errorsStored, alerts } = counts;
  const part = (label: string, value: number, of: number) =>
    `${padEnd(label, labelColumns)}${formatCount(value)} ${reconciled(value, of, paint)}`;
  return [
    part('Files read', filesRead, filesDropped),
    part('Rows landed', rowsLanded, rowsValid),
    `${part('Errors stored', errorsStored, rowsInvalid)}, ${formatCount(alerts)} alerts`,
  ];
};

/** A part of the view. Where there is no room, a shorter form takes its place. */
interface Block {
  /** From the longest to the shortest. */
  readonly forms: readonly (readonly string[])[];
  /** A more important block gets room first. */
  readonly importance: number;
}

/** Chooses forms that fit together, with a blank line between blocks. */
function fitBlocks(blocks: readonly Block[], height: number): string[] {
  const chosen = blocks.map(({ forms }) => forms.length - 1);
  const lines = () =>
    blocks
      .map(({ forms }, place) => forms[chosen[place] ?? 0] ?? [])
      .filter(({ length }) => length > 0)
      .flatMap((part, place) => (place > 0 ? ['', ...part] : part));
  const places = blocks.map((_, place) => place);
  places.sort((one, other) => (blocks[other]?.importance ?? 0) - (blocks[one]?.importance ?? 0));
  for (const place of places) {
    const shortest = chosen[place] ?? 0;
    for (let form = 0; form < shortest; form++) {
      chosen[place] = form;
      if (lines().length <= height) break;
      chosen[place] = shortest;
    }
  }
  return lines().slice(0, height);
}

/** Its size in terminal columns and lines. Without a height, nothing is shortened. */
type LiveView = View & { readonly height?: number };

/** The live view of `npm start`, as lines of at most `width` columns and at most `height` of them. */
export const renderLive = (
  state: LiveState,
  { width, colour, height = Number.POSITIVE_INFINITY }: LiveView,
): string[] => {
  const paint = painter(colour);
  const room = width - 2;
  const title = `${paint(['bold', 'cyan'], 'Isobar')}  ${paint('dim', `running for ${formatDuration(state.upForMs)}`)}`;
  const stop = paint('dim', 'Press Ctrl-C to stop everything');
  const addresses = viewAddresses(state.urls, room, paint);
  const sensor = formatSensor(state.watchedHour, room - labelColumns);
  const rates = [
    viewRate('Rows/s', state.rowsPerSecond, room, paint),
    viewRate('Transactions/s', state.scoring.perSecond, room, paint),
  ];
  const scoring = [viewScoring(state.scoring, paint), ...viewEvaluation(state.scoring)];
  const lag = viewLag(state.counts.lag, paint);
  const lagShortly = viewLagShortly(state.counts.lag, paint);
  const alerts = viewAlerts(state.lastAlerts, paint);
  const blocks: Block[] = [
    { importance: 9, forms: [[title], []] },
    { importance: 6, forms: [addresses, addresses.slice(0, 5), addresses.slice(0, 3), []] },
    { importance: 4, forms: [viewCounts(state, room, paint), viewCountsShortly(state, paint)] },
    {
      importance: 3,
      forms: [
        [...rates, ...scoring, ...lag, `${padEnd('Sensor', labelColumns)}${sensor}`],
        [...rates, ...scoring, lagShortly, `${padEnd('Sensor', labelColumns)}${sensor}`],
        [...rates, lagShortly],
        [rates[0] ?? '', lagShortly],
        [lagShortly],
      ],
    },
    { importance: 2, forms: [alerts, alerts.slice(0, 4), alerts.slice(0, 2), []] },
    { importance: 8, forms: [[stop], []] },
  ];
  return fitBlocks(blocks, height).map((line) => cutAtWord(line === '' ? '' : ` ${line}`, width));
};

/** The live view as one line, for logs. */
export const renderLiveLine = ({ counts, filesDropped, rowsPerSecond, scoring }: LiveState): string => {
  const lag = Object.values(counts.lag).reduce((sum, records) => sum + records, 0);
  const parts = {
    files: `${counts.filesRead}/${filesDropped}`,
    rows: counts.rowsRead,
    landed: `${counts.rowsLanded}/${counts.rowsValid}`,
    errors: `${counts.errorsStored}/${counts.rowsInvalid}`,
    alerts: counts.alerts,
    slack: counts.slackMessages,
    scored: scoring.scored,
    frauds: scoring.frauds,
    lag,
    'rows/s': Math.round(rowsPerSecond.at(-1) ?? 0),
  };
  return Object.entries(parts)
    .map(([name, value]) => `${name} ${value}`)
    .join('  ');
};
