import { useEffect, useRef } from 'preact/hooks';
import Plot from 'uplot';

export interface Curve {
  readonly label: string;
  /** A custom property of the style sheet, such as `--accent`. */
  readonly colour: string;
  readonly values: readonly (number | null)[];
  /** Fills the space below. */
  readonly filled?: boolean;
  readonly thin?: boolean;
  /** Only the points are drawn. */
  readonly points?: boolean;
}

const colourOf = (element: Element, name: string) => getComputedStyle(element).getPropertyValue(name).trim();

/** Room for the longest label of an axis, in pixels. */
const sizeOf = (_plot: Plot, labels: readonly string[] | null) =>
  16 + 6.5 * Math.max(4, ...(labels ?? []).map(({ length }) => length));

const daySeconds = 86_400;

/** As all times of the console, in UTC: the date, the minute or the second, whichever tells the ticks apart. */
function timeLabels([first = 0, second = first]: readonly number[]) {
  const step = second - first;
  const [from, to] = step >= daySeconds / 2 ? [5, 10] : step >= 60 ? [11, 16] : [11, 19];
  return (seconds: number) => new Date(seconds * 1_000).toISOString().slice(from, to);
}

function rangeOf(low: number | null, high: number | null, fromZero: boolean): [number, number] {
  if (low === null || high === null) return [0, 1];
  if (fromZero) return [Math.min(0, low), high > 0 ? high * 1.1 : 1];
  const margin = (high - low) * 0.1 || 1;
  return [low - margin, high + margin];
}

/** Seconds, and a minute at least: in less, labels repeat. */
function timeRangeOf(from: number | null, to: number | null): [number, number] {
  const end = to ?? Date.now() / 1_000;
  return [Math.min(from ?? end, end - 60), end];
}

/** Curves over time. The text beside the chart must say the same, since a canvas cannot be read aloud. */
export function Chart({
  atMs,
  curves,
  height = 180,
  format,
  label,
  fromZero = true,
}: {
  atMs: readonly number[];
  curves: readonly Curve[];
  height?: number;
  format: (value: number) => string;
  label: string;
  /** Whether the axis begins at 0. */
  fromZero?: boolean;
}) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<Plot>(undefined);
  const shape = curves.map(({ label: name }) => name).join() + label;
  // Around one time alone, the library shows years.
  const [only] = atMs.length === 1 ? atMs : [];
  const before = only === undefined ? [] : [only - 60_000];
  const data = [
    [...before, ...atMs].map((ms) => ms / 1_000),
    ...curves.map(({ values }) => [...before.map(() => null), ...values]),
  ] as Plot.AlignedData;

  // A chart is made anew for other curves. New values are set below.
  useEffect(() => {
    const element = box.current;
    if (!element) return;
    const make = () => {
      plot.current?.destroy();
      const axis = {
        stroke: colourOf(element, '--soft'),
        grid: { stroke: colourOf(element, '--line'), width: 1 },
        ticks: { show: false },
        font: '11px system-ui, sans-serif',
      };
      plot.current = new Plot(
        {
          width: element.clientWidth,
          height,
          cursor: { points: { size: 6 }, drag: { x: false, y: false } },
          legend: { show: false },
          // Half of the last label of time is to the right of the axis.
          padding: [8, 24, 0, 0],
          scales: {
            x: { range: (_plot, from, to) => timeRangeOf(from, to) },
            y: { range: (_plot, low, high) => rangeOf(low, high, fromZero) },
          },
          axes: [
            { ...axis, size: 24, space: 80, values: (_plot, ticks) => ticks.map(timeLabels(ticks)) },
            { ...axis, size: sizeOf, space: 36, values: (_plot, ticks) => ticks.map(format) },
          ],
          series: [
            {},
            ...curves.map(({ label: name, colour, filled, thin, points = false }) => ({
              label: name,
              stroke: colourOf(element, colour),
              width: points ? 0 : thin ? 1 : 2,
              points: { show: points, size: 9, fill: colourOf(element, colour) },
              ...(filled ? { fill: `${colourOf(element, colour)}22` } : {}),
            })),
          ],
        },
        data,
        element,
      );
    };
    make();
    const resized = new ResizeObserver(() => plot.current?.setSize({ width: element.clientWidth, height }));
    resized.observe(element);
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', make);
    return () => {
      resized.disconnect();
      scheme.removeEventListener('change', make);
      plot.current?.destroy();
      plot.current = undefined;
    };
  }, [shape, height]);

  useEffect(() => plot.current?.setData(data));

  return (
    <figure class="chart">
      <div ref={box} role="img" aria-label={label} />
      <figcaption>
        {curves.map(({ label: name, colour, values }) => (
          <span key={name}>
            <i style={{ background: `var(${colour})` }} />
            {name} <LastValue values={values} format={format} />
          </span>
        ))}
      </figcaption>
    </figure>
  );
}

/** The newest value of a curve. */
function LastValue({ values, format }: { values: Curve['values']; format: (value: number) => string }) {
  const last = values.findLast((value) => value !== null);
  return <b>{last === undefined || last === null ? 'none' : format(last)}</b>;
}
