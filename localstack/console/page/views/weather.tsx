import { useState } from 'preact/hooks';
import type { AlertEvent, Place, Places, Weather, Window } from '../../contract.ts';
import { Chart } from '../chart.tsx';
import { formatCount, formatTime, plural } from '../format.ts';
import { useLive } from '../live.ts';
import { usePlace, withQuery } from '../router.ts';
import { Ago, Badge, Card, Empty, Head, Loaded } from '../ui.tsx';

export function WeatherView() {
  const { query } = usePlace();
  const places = useLive('/api/places', {}, 2_000);
  return (
    <>
      <Head title="Weather">
        What was measured at each place: windows of event time, late rows, anomalies and alerts.
      </Head>
      <Loaded live={places}>
        {(answer) =>
          answer.places.length === 0 ? (
            <Card>
              <Empty title="No observation yet">
                <a href="/files">Drop a weather file</a>, and its places appear here.
              </Empty>
            </Card>
          ) : (
            <div class="split">
              <PlaceList {...answer} current={query.get('location') ?? answer.places[0]?.location ?? ''} />
              <PlaceDetail
                key={query.get('location')}
                measures={answer.measures}
                location={query.get('location') ?? answer.places[0]?.location ?? ''}
              />
            </div>
          )
        }
      </Loaded>
    </>
  );
}

function PlaceList({ places, measures, current }: Places & { current: string }) {
  const [search, setSearch] = useState('');
  const place = usePlace();
  const found = places.filter(({ location }) => location.toLowerCase().includes(search.trim().toLowerCase()));
  return (
    <Card title={plural(places.length, 'place')} flush>
      <div class="search">
        <input
          type="search"
          aria-label="Find a place"
          placeholder="Find a place"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </div>
      <ul class="choices">
        {found.slice(0, 200).map((each) => (
          <li key={each.location}>
            <a
              href={withQuery(place, { location: each.location })}
              aria-current={each.location === current ? 'true' : undefined}
            >
              <span class="breaks">
                {each.location}
                <small class="soft">{latest(each, measures)}</small>
              </span>
              {each.alerts > 0 && <Badge tone="warn">{plural(each.alerts, 'alert')}</Badge>}
            </a>
          </li>
        ))}
      </ul>
    </Card>
  );
}

const latest = ({ values }: Place, measures: Places['measures']) =>
  values.flatMap((value, place) => (value === null ? [] : [`${value} ${measures[place]?.unit}`])).join(' · ');

function PlaceDetail({ measures, location }: { measures: Places['measures']; location: string }) {
  const live = useLive('/api/weather', { location }, 2_000);
  const [chosen, setChosen] = useState(0);
  return (
    <div class="stack">
      <Loaded live={live}>
        {(weather) => (
          <>
            <Card title={location} aside={<Totals {...weather} />}>
              <fieldset class="tabs">
                <legend class="hidden">Measure</legend>
                {measures.map(({ label }, place) => (
                  <button
                    key={label}
                    type="button"
                    aria-pressed={place === chosen}
                    onClick={() => setChosen(place)}
                  >
                    {label}
                  </button>
                ))}
              </fieldset>
              <WindowChart weather={weather} measure={measures[chosen]} place={chosen} />
            </Card>
            <Alerts alerts={weather.alerts} />
            <Windows windows={weather.windows} measures={measures} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Totals({ windows, alerts }: Weather) {
  const sum = (of: (window: Window) => number) => windows.reduce((total, window) => total + of(window), 0);
  const late = sum((window) => window.late);
  const anomalies = sum((window) => window.anomalies);
  return (
    <span class="soft">
      {plural(
        sum((window) => window.count),
        'row',
      )}{' '}
      in {plural(windows.length, 'window')} · {formatCount(late)} late ·{' '}
      {plural(anomalies, 'anomaly', 'anomalies')} · {plural(alerts.length, 'alert')}
    </span>
  );
}

const breakMs = 24 * 3_600_000;

/** A point without a window where there is none for a day: no line then pretends that there was. */
const withBreaks = (windows: readonly Window[]): { readonly atMs: number; readonly window?: Window }[] =>
  windows.flatMap((window, place) => {
    const before = windows[place - 1]?.startMs ?? window.startMs;
    const point = { atMs: window.startMs, window };
    return window.startMs - before > breakMs ? [{ atMs: before + 1_000 }, point] : [point];
  });

function WindowChart({
  weather: { windows, alerts },
  measure,
  place,
}: {
  weather: Weather;
  measure: Places['measures'][number] | undefined;
  place: number;
}) {
  if (!measure || windows.length === 0) return <Empty title="No window yet" />;
  const points = withBreaks(windows);
  const of = (pick: 'mean' | 'min' | 'max') =>
    points.map(({ window }) => window?.measures[place]?.[pick] ?? null);
  const alerted = new Set(alerts.map(({ eventMs }) => eventMs));
  const hasAlert = ({ startMs, seconds }: Window) =>
    [...alerted].some((ms) => ms >= startMs && ms < startMs + seconds * 1_000);
  const marks = (which: (window: Window) => boolean) =>
    points.map(({ window }) => (window && which(window) ? (window.measures[place]?.mean ?? null) : null));
  return (
    <Chart
      label={`${measure.label} at this place: mean, least and greatest of each window, with its alerts and anomalies`}
      atMs={points.map(({ atMs }) => atMs)}
      format={(value) => `${Number(value.toFixed(1))} ${measure.unit}`}
      height={240}
      fromZero={false}
      curves={[
        { label: 'greatest', colour: '--series-2', values: of('max'), thin: true },
        { label: 'mean', colour: '--series-1', values: of('mean') },
        { label: 'least', colour: '--series-2', values: of('min'), thin: true },
        { label: 'alert', colour: '--series-3', values: marks(hasAlert), points: true },
        {
          label: 'anomaly',
          colour: '--series-4',
          values: marks(({ anomalies }) => anomalies > 0),
          points: true,
        },
      ]}
    />
  );
}

const Alerts = ({ alerts }: { alerts: readonly AlertEvent[] }) => (
  <Card title="Alerts" flush>
    {alerts.length === 0 ? (
      <Empty title="No alert at this place" />
    ) : (
      <table class="stacks">
        <thead>
          <tr>
            <th>Type</th>
            <th>Why</th>
            <th>Event time (UTC)</th>
            <th>Slack</th>
          </tr>
        </thead>
        <tbody>
          {alerts.map(({ id, type, reason, eventMs, sentAtMs }) => (
            <tr key={id}>
              <th scope="row">
                <Badge tone="warn">{type}</Badge>
              </th>
              <td data-label="Why">{reason}</td>
              <td data-label="Event time (UTC)">{formatTime(eventMs)}</td>
              <td data-label="Slack">{sentAtMs === null ? 'not yet' : <Ago ms={sentAtMs} />}</td>
            </tr>
          ))}
        </tbody>
      </table>
    )}
  </Card>
);

const shownWindows = 40;

const Windows = ({ windows, measures }: { windows: readonly Window[]; measures: Places['measures'] }) => (
  <Card title="Windows" aside={<span class="soft">newest first, mean (least to greatest)</span>} flush>
    {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard. */}
    <section class="scrolls" aria-label="Windows" tabIndex={0}>
      <table class="stacks dense">
        <thead>
          <tr>
            <th>Start (UTC)</th>
            <th class="number">Rows</th>
            <th class="number">Late</th>
            <th class="number">Anomalies</th>
            {measures.map(({ label, unit }) => (
              <th key={label} class="number">
                {label} ({unit})
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {windows
            .slice(-shownWindows)
            .reverse()
            .map((window) => (
              <tr key={window.startMs}>
                <th scope="row" class="time">
                  {formatTime(window.startMs).slice(0, 16)}
                </th>
                <td data-label="Rows" class="number">
                  {formatCount(window.count)}
                </td>
                <td data-label="Late" class="number">
                  {formatCount(window.late)}
                </td>
                <td data-label="Anomalies" class="number">
                  {formatCount(window.anomalies)}
                </td>
                {window.measures.map(({ mean, min, max }, place) => (
                  <td key={measures[place]?.label} data-label={measures[place]?.label} class="number">
                    {mean === null ? '–' : rounded(mean)}
                    {min !== max && min !== null && max !== null && (
                      <small class="soft range">
                        {' '}
                        ({rounded(min)} to {rounded(max)})
                      </small>
                    )}
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </section>
  </Card>
);

const rounded = (value: number) => String(Number(value.toFixed(1)));
