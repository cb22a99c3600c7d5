import { useState } from 'preact/hooks';
import { renderCsv } from '../../../athena/csv.ts';
import type { LakeResult, LakeTables } from '../../contract.ts';
import { Chart } from '../chart.tsx';
import { formatBytes, formatCount, plural } from '../format.ts';
import { act, useLive } from '../live.ts';
import { chartOf } from '../result-chart.ts';
import { Card, Empty, ErrorNote, Head, Loaded } from '../ui.tsx';

export function LakeView() {
  const live = useLive('/api/lake', {}, 0);
  return (
    <>
      <Head title="Lake">
        SQL over the Parquet files on S3, by Athena. It reads only; <code>npm run athena</code> runs every
        statement.
      </Head>
      <Loaded live={live}>{(tables) => <Workbench {...tables} />}</Loaded>
    </>
  );
}

type Outcome =
  | { readonly state: 'none' | 'running' }
  | { readonly state: 'failed'; readonly reason: string }
  | { readonly state: 'done'; readonly result: LakeResult };

function Workbench({ queries, tables }: LakeTables) {
  const [sql, setSql] = useState(queries[0]?.sql ?? '');
  const [named, setNamed] = useState(queries[0]?.name ?? '');
  const [outcome, setOutcome] = useState<Outcome>({ state: 'none' });

  const run = async () => {
    setOutcome({ state: 'running' });
    try {
      setOutcome({ state: 'done', result: await act<LakeResult>('/api/lake', {}, JSON.stringify({ sql })) });
    } catch (error) {
      setOutcome({ state: 'failed', reason: error instanceof Error ? error.message : String(error) });
    }
  };

  return (
    <>
      <Card>
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            void run();
          }}
        >
          <div class="filters">
            <label>
              <span>Saved query</span>
              <select
                value={named}
                onChange={(event) => {
                  const name = event.currentTarget.value;
                  setNamed(name);
                  setSql(queries.find((query) => query.name === name)?.sql ?? sql);
                }}
              >
                <option value="">your own</option>
                {queries.map(({ name }) => (
                  <option key={name}>{name}</option>
                ))}
              </select>
            </label>
            <p class="soft grow">
              {queries.find(({ name }) => name === named)?.description ?? 'A statement of your own'}
            </p>
            <button type="submit" class="primary" disabled={outcome.state === 'running'}>
              {outcome.state === 'running' ? 'Running …' : 'Run'}
            </button>
          </div>
          <textarea
            class="mono"
            aria-label="SQL"
            rows={Math.min(18, Math.max(5, sql.split('\n').length))}
            spellcheck={false}
            value={sql}
            onInput={(event) => {
              setSql(event.currentTarget.value);
              setNamed('');
            }}
            onKeyDown={(event) => {
              if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
              event.preventDefault();
              void run();
            }}
          />
          <small class="soft">Ctrl+Enter runs it.</small>
        </form>
      </Card>
      <div aria-live="polite" class="stack">
        {outcome.state === 'failed' && <ErrorNote>{outcome.reason}</ErrorNote>}
        {outcome.state === 'done' && <ResultCards result={outcome.result} />}
      </div>
      <Schema tables={tables} />
    </>
  );
}

const Schema = ({ tables }: Pick<LakeTables, 'tables'>) => (
  <Card title="Tables" flush>
    {tables.map(({ name, description, columns }) => (
      <details key={name} class="item">
        <summary class="plain">
          <span class="mono">{name}</span>
          <span class="soft">{description}</span>
        </summary>
        <dl>
          {columns.map((column) => (
            <>
              <dt class="mono">{column.name}</dt>
              <dd>{column.type}</dd>
            </>
          ))}
        </dl>
      </details>
    ))}
  </Card>
);

const shownRows = 200;

function ResultCards({ result }: { result: LakeResult }) {
  const { columns, rows, isCut, scannedBytes, tookMs } = result;
  const chart = chartOf(result);
  const summary = [
    `${plural(rows.length, 'row')}${isCut ? ', and more' : ''}`,
    `${formatBytes(scannedBytes)} read`,
    `${(tookMs / 1_000).toFixed(1)} s`,
  ].join(' · ');
  if (columns.length === 0) return <Card title="Result">The statement returned no table.</Card>;
  return (
    <>
      {chart && (
        <Card title={chart.title}>
          {chart.kind === 'line' ? (
            <Chart
              label={chart.title}
              atMs={chart.atMs}
              curves={chart.curves}
              format={(value) => formatCount(Number(value.toFixed(2)))}
              fromZero={false}
              height={240}
            />
          ) : (
            <Bars bars={chart.bars} />
          )}
        </Card>
      )}
      <Card
        title="Result"
        aside={
          <span class="soft">
            {summary} · <CsvLink result={result} />
          </span>
        }
        flush
      >
        {rows.length === 0 ? (
          <Empty title="No rows" />
        ) : (
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
          <section class="scrolls" aria-label="Rows" tabIndex={0}>
            <table>
              <thead>
                <tr>
                  {columns.map(({ name, type }) => (
                    <th key={name} class={isNumeric(type) ? 'number' : ''} title={type}>
                      {name}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {rows.slice(0, shownRows).map((row, line) => (
                  <tr key={line}>
                    {columns.map(({ name, type }, place) => (
                      <td key={name} class={isNumeric(type) ? 'number' : ''}>
                        {row[place] ?? <span class="soft">NULL</span>}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
        )}
        {rows.length > shownRows && (
          <p class="more soft">
            The first {shownRows} rows. The CSV file has {formatCount(rows.length)}.
          </p>
        )}
      </Card>
    </>
  );
}

const isNumeric = (type: string) => /^(tinyint|smallint|integer|bigint|real|double|decimal)/.test(type);

function CsvLink({ result }: { result: LakeResult }) {
  const save = () => {
    const url = URL.createObjectURL(
      new Blob([`${renderCsv(result).join('\r\n')}\r\n`], { type: 'text/csv' }),
    );
    const link = Object.assign(document.createElement('a'), { href: url, download: 'result.csv' });
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <button type="button" class="link" onClick={save}>
      Save as CSV
    </button>
  );
}

const Bars = ({ bars }: { bars: readonly { readonly label: string; readonly value: number }[] }) => {
  const greatest = Math.max(...bars.map(({ value }) => Math.abs(value)), Number.MIN_VALUE);
  return (
    <ul class="bars">
      {bars.map(({ label, value }) => (
        <li key={label}>
          <span class="breaks">{label}</span>
          <span class="bar">
            <i style={{ width: `${(Math.abs(value) / greatest) * 100}%` }} />
          </span>
          <b>{formatCount(Number(value.toPrecision(4)))}</b>
        </li>
      ))}
    </ul>
  );
};
