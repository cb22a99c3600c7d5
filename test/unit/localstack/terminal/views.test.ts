import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { renderLive, renderLiveLine } from '../../../../localstack/terminal/live.ts';
import { renderStep } from '../../../../localstack/terminal/progress.ts';
import {
  isBalanced,
  type LiveState,
  type PlatformStatus,
  type Report,
} from '../../../../localstack/terminal/state.ts';
import { renderStatus } from '../../../../localstack/terminal/status.ts';
import { renderSummary } from '../../../../localstack/terminal/summary.ts';
import { columns, cut, formatDuration, sparkline } from '../../../../localstack/terminal/text.ts';

const state: LiveState = {
  counts: {
    filesRead: 47,
    rowsRead: 2820,
    rowsValid: 2791,
    rowsInvalid: 29,
    rowsLanded: 2779,
    errorsStored: 29,
    retried: 5,
    retriesExhausted: 1,
    alerts: 7,
    slackMessages: 6,
    lateObservations: 40,
    anomalies: 3,
    parquetObjects: 96,
    lag: { 'land-observations': 12, 'watch-weather': 0 },
  },
  filesDropped: 48,
  upForMs: 192_000,
  rowsPerSecond: [0, 4, 20, 60, 12],
  scoring: {
    scored: 1_204,
    failed: 2,
    frauds: 17,
    medianMs: 41.6,
    perSecond: [0, 2, 1.9],
    drift: 0.118,
    evaluation: { precision: 0.91, recall: 0.8, labelled: 1234, frauds: 25 },
  },
  lastAlerts: [
    {
      eventTime: new Date('2024-08-12T14:00:00Z'),
      location: '서울특별시 강남구 테헤란로',
      type: 'TEMP_HIGH',
      value: 36.4,
    },
    { eventTime: new Date('2024-08-12T13:00:00Z'), location: 'Reykjavík', type: 'WIND_STRONG', value: 87 },
  ],
  watchedHour: '2024-08-12T14',
  urls: [{ name: 'Slack inbox', url: 'http://127.0.0.1:40123' }],
};

const report: Report = {
  filesRead: 6,
  rowsRead: 3000,
  rowsValid: 2940,
  rowsInvalid: 60,
  rowsLanded: 2940,
  errorsStored: 60,
  retried: 4,
  retriesExhausted: 1,
  alerts: 12,
  slackMessages: 12,
  lateObservations: 40,
  anomalies: 3,
  parquetObjects: 24,
  startupMs: 41_230,
  drainMs: 8100,
};

const status: PlatformStatus = {
  services: [
    { name: 'broker-1', pid: 4711, address: '127.0.0.1:40001', health: 'healthy' },
    { name: 'kafka-poller', pid: undefined, address: '127.0.0.1:40009', health: 'stopped' },
  ],
  apiUrl: 'http://127.0.0.1:40002/_aws/execute-api/abc/v1/',
  watchedHour: undefined,
  lag: { 'land-observations': 1234 },
};

const plain = { width: 80, colour: false };
const line = (lines: readonly string[], word: string) => lines.find((text) => text.includes(word)) ?? '';

test('the live view shows the hour that the sensor covers, the status that it is not running, and the API', () => {
  expect(line(renderLive(state, plain), 'Sensor')).toMatch(/14:00 to 14:59 UTC/);
  expect(line(renderStatus(status, plain), 'Sensor')).toMatch(/not running/);
  expect(line(renderStatus(status, plain), 'API')).toContain(status.apiUrl);
});

describe('every view', () => {
  const views: [string, (size: { width: number; colour: boolean }) => string[]][] = [
    ['live', (size) => renderLive(state, size)],
    ['summary', (size) => renderSummary(report, size)],
    ['status', (size) => renderStatus(status, size)],
    [
      'progress',
      (size) => [
        renderStep(
          { name: 'LocalStack', state: 'failed', elapsedMs: 9, detail: '주소가 이미 '.repeat(20) },
          size,
        ),
      ],
    ],
  ];

  test.each(views)('the %s view stays within any width', (_name, render) => {
    for (let width = 1; width <= 130; width++) {
      for (const text of render({ width, colour: true })) expect(columns(text)).toBeLessThanOrEqual(width);
    }
  });

  test.each(views)('the %s view has the same text with and without colour', (_name, render) => {
    const coloured = render({ width: 80, colour: true });
    expect(coloured.join('')).toContain('\x1b[');
    expect(coloured.map(stripVTControlCharacters)).toEqual(render(plain));
  });
});

describe('the live view', () => {
  test('the live view ticks a count that equals its counterpart, and shows the difference of the others', () => {
    const lines = renderLive(state, plain);
    expect(line(lines, 'Rows landed')).toMatch(/Rows landed\s+2,779 −12/);
    expect(line(lines, 'Files read')).toMatch(/Files read\s+47 −1/);
    expect(line(lines, 'Errors stored')).toMatch(/Errors stored\s+29 ✓/);
  });

  test('the live view shows the lag of each consumer group, alerts with their units, and addresses', () => {
    const lines = renderLive(state, plain);
    expect(line(lines, 'land-observations')).toMatch(/land-observations\s+12$/);
    expect(line(lines, 'TEMP_HIGH')).toMatch(/08-12 14:00 {2}TEMP_HIGH +36\.4 °C {2}서울특별시/);
    expect(line(lines, 'WIND_STRONG')).toContain('87 km/h');
    expect(line(lines, 'Slack inbox')).toContain('http://127.0.0.1:40123');
  });

  test('the live view and the summary show late rows and anomalies', () => {
    const lines = renderLive(state, plain);
    expect(line(lines, 'Late rows')).toMatch(/Late rows\s+40 /);
    expect(line(lines, 'Anomalies')).toMatch(/Anomalies\s+3 /);
    expect(line(renderSummary(report, plain), 'Alerts')).toContain('3 anomalies, 40 late rows');
  });

  test('the summary says how many files have no rows', () => {
    const summary = renderSummary({ ...report, filesWithoutRows: 2 }, plain);
    expect(line(summary, 'Files read')).toMatch(/ 6 +2 without rows/);
    expect(line(renderSummary(report, plain), 'Files read')).not.toContain('without');
  });

  test('the live view shows the count of scored transactions, their rate, latency, drift and evaluation', () => {
    const shown = (change: Partial<LiveState['scoring']>) =>
      line(renderLive({ ...state, scoring: { ...state.scoring, ...change } }, plain), 'scored');
    expect(shown({})).toContain('1,204 scored, 2 failed, 17 flagged as fraud, p50 42 ms');
    expect(shown({ failed: 0 })).toContain('17 flagged as fraud, p50 42 ms, drift 0.12');
    expect(shown({ failed: 0, frauds: 0, medianMs: undefined, drift: undefined })).toMatch(
      /1,204 scored, 0 flagged as fraud, drift unknown$/,
    );
    expect(line(renderLive(state, plain), 'precision')).toContain(
      'precision 0.91, recall 0.80 on 25 labelled frauds',
    );
    const evaluation = { precision: 0, recall: 0, labelled: 134, frauds: 0 };
    expect(
      line(renderLive({ ...state, scoring: { ...state.scoring, evaluation } }, plain), 'no fraud'),
    ).toMatch(/ no fraud among 134 labelled transactions yet$/);
    expect(line(renderLive(state, plain), 'Transactions/s')).toContain('2 now, 2 peak');
    expect(renderLiveLine(state)).toContain('scored 1204  frauds 17');
  });

  test('the live view has one column of counts where two do not fit', () => {
    const narrow = renderLive(state, { width: 50, colour: false });
    expect(line(narrow, 'Files dropped')).not.toContain('Rows landed');
    expect(line(narrow, 'Rows landed')).not.toBe('');
  });

  const urls = [
    { name: 'Console', url: 'http://127.0.0.1:8067' },
    { name: 'API', url: 'http://127.0.0.1:4566/_aws/execute-api/abcdefghij/v1/' },
    { name: 'Postgres', url: 'postgres://postgres:postgres@127.0.0.1:5432/isobar' },
    { name: 'Endpoints', url: '.isobar/endpoints.json' },
  ];
  const sizes = [
    { width: 200, height: 60 },
    { width: 80, height: 23 },
    { width: 50, height: 19 },
    { width: 30, height: 8 },
    { width: 20, height: 1 },
  ];

  test.each(sizes)('the live view fits %j, and whole words at the end of a line', (size) => {
    const lines = renderLive({ ...state, urls }, { ...size, colour: false });
    expect(lines.length).toBeLessThanOrEqual(size.height);
    const words = new Set(
      renderLive({ ...state, urls }, { width: 500, colour: false })
        .join(' ')
        .split(/[ ,]+/),
    );
    const cutWords = lines
      .filter((text) => text.endsWith('…'))
      .map((text) => text.slice(0, -1).split(' ').at(-1));
    expect(cutWords.filter((word) => word !== '' && !words.has(word ?? ''))).toEqual([]);
  });

  test.each(sizes.slice(0, 3))(
    'in %j the live view shows addresses first, counts, lag and how to stop',
    (size) => {
      const lines = renderLive({ ...state, urls }, { ...size, colour: false });
      expect(lines[2]).toMatch(/^ Console +http:\/\/127\.0\.0\.1:8067$/);
      for (const word of ['Rows landed', 'Errors stored', 'Lag', 'Ctrl-C'])
        expect(line(lines, word)).not.toBe('');
    },
  );

  test('the live view leaves out an address that does not fit, and shows where all of them are', () => {
    const text = renderLive({ ...state, urls }, { width: 50, colour: false }).join('\n');
    expect(text).not.toContain('postgres:');
    expect(text).toContain('.isobar/endpoints.json');
  });

  test('the live view says that the time of an alert is that of its observation', () => {
    expect(line(renderLive(state, plain), 'Last alerts')).toContain('time of the observation, UTC');
  });

  test('the live view has a one-line form for logs', () => {
    expect(renderLiveLine(state)).toBe(
      'files 47/48  rows 2820  landed 2779/2791  errors 29/29  alerts 7  slack 6  scored 1204  frauds 17  lag 12  rows/s 12',
    );
  });
});

describe('the summary', () => {
  test('the summary says how many rows were in files that were refused', () => {
    expect(line(renderSummary(report, plain), 'Rows read')).not.toContain('refused');
    const withRefused = { ...report, rowsRead: 3_200 };
    expect(line(renderSummary(withRefused, plain), 'Rows read')).toContain('200 in refused files');
  });

  test('the summary ticks both sums when every row is accounted for', () => {
    const lines = renderSummary(report, plain);
    expect(isBalanced(report)).toBe(true);
    expect(line(lines, 'Rows landed')).toBe(
      ' ✓ Rows landed            2,940  of 2,940 valid, in 24 Parquet objects',
    );
    expect(line(lines, 'Errors stored')).toBe(' ✓ Errors stored             60  of 60 invalid');
    expect(lines.join('\n')).toContain(
      'Every valid row landed, and every invalid row is stored as an error.',
    );
  });

  test.each([{ rowsLanded: 2939 }, { rowsLanded: 2941 }, { errorsStored: 59 }])(
    'the summary marks %j as wrong',
    (wrong) => {
      const lines = renderSummary({ ...report, ...wrong }, plain);
      expect(isBalanced({ ...report, ...wrong })).toBe(false);
      expect(lines.filter((text) => text.startsWith(' ✗'))).toHaveLength(1);
      expect(lines.join('\n')).toContain('missing or duplicated');
    },
  );
});

test('the status lists services with pid, address and health, and the lag per group', () => {
  const lines = renderStatus(status, plain);
  expect(line(lines, 'broker-1')).toMatch(/broker-1\s+4711 {2}127\.0\.0\.1:40001 {2}✓ healthy/);
  expect(line(lines, 'kafka-poller')).toMatch(/– {2}127\.0\.0\.1:40009 {2}– stopped/);
  expect(line(lines, 'land-observations')).toMatch(/1,234$/);
});

describe('text', () => {
  test.each([
    ['Seoul', 5],
    ['서울', 4],
    ['Reykjavi\u0301k', 9],
    ['🔥', 2],
    ['\x1b[31mred\x1b[39m', 3],
  ])('%j takes %i columns', (text, expected) => {
    expect(columns(text)).toBe(expected);
  });

  test('a text is cut before a wide character that would not fit, and keeps its colour codes', () => {
    expect(cut('서울서울', 4)).toBe('서…');
    expect(cut('서울서울', 5)).toBe('서울…');
    expect(cut('\x1b[31mabcdef\x1b[39m', 4)).toBe('\x1b[31mabc…\x1b[39m');
  });

  test.each([
    [850, '850 ms'],
    [41_230, '41.2 s'],
    [59_960, '1 min 0 s'],
    [192_000, '3 min 12 s'],
    [7_500_000, '2 h 5 min'],
  ])('%i ms is shown as %s', (ms, expected) => {
    expect(formatDuration(ms)).toBe(expected);
  });

  test('a sparkline scales the latest numbers to their peak, and shows zero as the lowest bar', () => {
    expect(sparkline([9, 0, 50, 100], 3)).toBe('▁▅█');
    expect(sparkline([0, 0], 5)).toBe('▁▁');
  });
});
