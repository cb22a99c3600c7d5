import type { ChartPanel, Charts } from '../../contract.ts';
import { Chart } from '../chart.tsx';
import { formatUnit } from '../format.ts';
import { useLive } from '../live.ts';
import { go, usePlace, withQuery } from '../router.ts';
import { Card, Empty, Head, Loaded } from '../ui.tsx';

export function ChartsView() {
  const place = usePlace();
  const query = { dashboard: place.query.get('dashboard') ?? '', minutes: place.query.get('minutes') ?? '' };
  const live = useLive('/api/charts', query, 10_000);
  return (
    <>
      <Head title="Charts">
        The panels of the dashboards, with the values of Prometheus. Times are in UTC.
      </Head>
      <Loaded live={live}>
        {(charts) => (
          <>
            <Choice {...charts} />
            <p class="soft">{charts.description}</p>
            {charts.missing !== null && (
              <Card>
                <Empty title="There is no history">{charts.missing}</Empty>
              </Card>
            )}
            {charts.rows.map(({ title, panels }) => (
              <section key={title} class="stack">
                <h2>{title}</h2>
                <div class="columns">
                  {panels.map((panel) => (
                    <PanelCard key={panel.title} panel={panel} />
                  ))}
                </div>
              </section>
            ))}
          </>
        )}
      </Loaded>
    </>
  );
}

function Choice({ dashboards, uid, minutes, spans }: Charts) {
  const place = usePlace();
  return (
    <div class="filters">
      <nav class="tabs" aria-label="Dashboards">
        {dashboards.map((each) => (
          <a
            key={each.uid}
            href={withQuery(place, { dashboard: each.uid })}
            aria-current={each.uid === uid ? 'true' : undefined}
          >
            {each.title}
          </a>
        ))}
      </nav>
      <label>
        <span>Time</span>
        <select
          value={String(minutes)}
          onChange={(event) => go(withQuery(place, { minutes: event.currentTarget.value }))}
        >
          {spans.map((span) => (
            <option key={span} value={String(span)}>
              last {span < 60 ? `${span} min` : `${span / 60} h`}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}

const colours = ['--series-1', '--series-3', '--series-4', '--series-2'];

function PanelCard({ panel }: { panel: ChartPanel }) {
  const { title, description, unit, kind, curves, atMs, noData, left } = panel;
  const format = (value: number) => formatUnit(value, unit);
  const last = curves[0]?.values.findLast((value) => value !== null);
  return (
    <Card title={title}>
      <p class="soft">{description}</p>
      {curves.length === 0 ? (
        <p class="more soft">{noData}</p>
      ) : kind === 'stat' ? (
        <p class="stat">{last === undefined || last === null ? '–' : format(last)}</p>
      ) : (
        <Chart
          label={title}
          atMs={atMs}
          height={170}
          format={format}
          curves={curves.map(({ label, values }, place) => ({
            label,
            values,
            colour: colours[place % colours.length] ?? '',
            thin: place >= colours.length,
          }))}
        />
      )}
      {left > 0 && <p class="soft">and {left} more series</p>}
    </Card>
  );
}
