import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import type { Pipeline, Stage } from '../../contract.ts';
import { Chart } from '../chart.tsx';
import { formatCount, formatDifference, formatRate, plural } from '../format.ts';
import { useConnection, useLive } from '../live.ts';
import { Badge, Card, Head, Loaded, type Tone } from '../ui.tsx';

/** Where each stage is drawn (column and row of the grid), and the view that a click opens. */
const layout: Readonly<Record<string, { readonly at: readonly [number, number]; readonly view: string }>> = {
  files: { at: [1, 1], view: '/files' },
  ingest: { at: [2, 1], view: '/files' },
  'weather-data': { at: [3, 1], view: '/topics?topic=weather-data' },
  land: { at: [4, 1], view: '/lake' },
  lake: { at: [5, 1], view: '/lake' },
  daily: { at: [6, 1], view: '/workflows' },
  errors: { at: [2, 2], view: '/errors' },
  retry: { at: [3, 2], view: '/topics?topic=retry-data' },
  watch: { at: [4, 2], view: '/weather' },
  alerts: { at: [5, 2], view: '/weather' },
  slack: { at: [6, 2], view: '/slack' },
  score: { at: [1, 3], view: '/model' },
  transactions: { at: [2, 3], view: '/topics?topic=transactions' },
  monitor: { at: [3, 3], view: '/model' },
};

/** The ways of a record. */
const edges: readonly (readonly [from: string, to: string])[] = [
  ['files', 'ingest'],
  ['ingest', 'weather-data'],
  ['ingest', 'errors'],
  ['weather-data', 'land'],
  ['weather-data', 'watch'],
  ['land', 'lake'],
  ['lake', 'daily'],
  ['watch', 'retry'],
  ['retry', 'weather-data'],
  ['watch', 'alerts'],
  ['alerts', 'slack'],
  ['errors', 'slack'],
  ['score', 'transactions'],
  ['transactions', 'monitor'],
];

export function PipelineView() {
  const live = useLive('/api/pipeline');
  return (
    <>
      <Head title="Pipeline">
        The way of every row, from a dropped file to the lake, the alerts and Slack.
      </Head>
      <Loaded live={live}>
        {(pipeline) => (
          <>
            <Verdict stages={pipeline.stages} />
            <Graph stages={pipeline.stages}>
              <RatesCard {...pipeline} />
            </Graph>
          </>
        )}
      </Loaded>
      <Services />
    </>
  );
}

/** Whether every row is accounted for. */
function Verdict({ stages }: { stages: readonly Stage[] }) {
  const differing = stages.filter(({ check }) => check !== undefined && check.difference !== 0);
  const waiting = stages.reduce((sum, { waiting: records = 0 }) => sum + records, 0);
  if (differing.length === 0 && waiting === 0)
    return (
      <p class="note good">
        <b>✓ Every row is accounted for.</b> The counts of all stages agree, and nothing waits.
      </p>
    );
  if (waiting > 0)
    return (
      <p class="note accent">
        <b>{plural(waiting, 'record is', 'records are')} on the way.</b> The counts agree when they have
        arrived.
      </p>
    );
  return (
    <p class="note warn">
      <b>Counts differ.</b>{' '}
      {differing
        .map(
          ({ title, check }) =>
            `${title}: ${formatDifference(check?.difference ?? 0)} against the ${check?.against}`,
        )
        .join('; ')}
      . Other producers of a topic make a difference too.
    </p>
  );
}

function Graph({ stages, children }: { stages: readonly Stage[]; children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  const paths = useEdgePaths(box);
  const moving = new Set(stages.flatMap(({ id, perSecond = 0 }) => (perSecond > 0 ? [id] : [])));
  return (
    <div class="graph" ref={box}>
      <svg class="edges" aria-hidden="true">
        {paths.map(({ from, to, path }) => (
          <path key={`${from}-${to}`} d={path} class={moving.has(from) && moving.has(to) ? 'moving' : ''} />
        ))}
      </svg>
      {stages.map((stage) => (
        <StageCard key={stage.id} stage={stage} />
      ))}
      <div class="beside">{children}</div>
    </div>
  );
}

const stateTones: Readonly<Record<Stage['state'], Tone>> = {
  idle: 'neutral',
  working: 'accent',
  behind: 'warn',
  stopped: 'bad',
  failing: 'bad',
};

function StageCard({ stage }: { stage: Stage }) {
  const { id, title, count, unit, note, state, reason, waiting = 0, perSecond = 0, check } = stage;
  const { at, view } = layout[id] ?? { at: [1, 1], view: '/' };
  return (
    <a
      class={`stage ${state}`}
      href={view}
      data-stage={id}
      style={{ '--column': at[0], '--row': at[1] }}
      title={reason ?? ''}
    >
      <span class="name">{title}</span>
      <span class="count">
        {formatCount(count)}
        <Badge tone={stateTones[state]}>{state === 'working' ? formatRate(perSecond) : state}</Badge>
      </span>
      <span class="soft">{unit}</span>
      <span class="bottom">
        {check && <CheckMark {...check} />}
        {waiting > 0 && <span class="lag">{formatCount(waiting)} waiting</span>}
        <span class="what">{reason ?? note}</span>
      </span>
    </a>
  );
}

const CheckMark = ({ against, difference }: NonNullable<Stage['check']>) =>
  difference === 0 ? (
    <span class="check good" title={`Equals the ${against}`}>
      ✓ all {against}
    </span>
  ) : (
    <span class="check warn" title={`Compared with the ${against}`}>
      {formatDifference(difference)} {against}
    </span>
  );

function RatesCard({ rates, watchedHour }: Pipeline) {
  return (
    <Card
      title="Rows per second"
      aside={
        <span class="soft">
          {watchedHour ? `Sensor covers ${watchedHour.replace('T', ' ')}:00 UTC` : 'Sensor is not running'} ·
          times are in UTC
        </span>
      }
    >
      <Chart
        label="Rows read, landed and failed per second, in the last minutes"
        atMs={rates.atMs}
        format={formatRate}
        height={150}
        curves={[
          { label: 'read', colour: '--series-2', values: rates.read },
          { label: 'landed', colour: '--series-1', values: rates.landed, filled: true },
          { label: 'errors', colour: '--series-3', values: rates.failed },
        ]}
      />
    </Card>
  );
}

function Services() {
  const live = useLive('/api/services', {}, 3_000);
  const isStarting = useConnection() === 'starting';
  return (
    <section id="services">
      <Card title="Services" flush>
        <Loaded live={live}>
          {({ services }) => (
            <table class="stacks">
              <thead>
                <tr>
                  <th>Service</th>
                  <th>State</th>
                  <th>Address</th>
                  <th class="number">Process</th>
                </tr>
              </thead>
              <tbody>
                {services.map(({ name, health, address, pid }) => (
                  <tr key={name}>
                    <th scope="row">{name}</th>
                    <td data-label="State">
                      {health === 'unhealthy' && isStarting ? (
                        <Badge tone="accent">starting</Badge>
                      ) : (
                        <Badge tone={health === 'healthy' ? 'good' : 'bad'}>{health}</Badge>
                      )}
                    </td>
                    <td data-label="Address" class="mono">
                      {address || '–'}
                    </td>
                    <td data-label="Process" class="number">
                      {pid ?? '–'}
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )}
        </Loaded>
      </Card>
    </section>
  );
}

interface EdgePath {
  readonly from: string;
  readonly to: string;
  readonly path: string;
}

/** The lines between the stages, measured again when the graph changes its size. */
function useEdgePaths(box: { readonly current: HTMLDivElement | null }): EdgePath[] {
  const [paths, setPaths] = useState<EdgePath[]>([]);
  useLayoutEffect(() => {
    const graph = box.current;
    if (!graph) return;
    const measure = () => {
      const origin = graph.getBoundingClientRect();
      const boxOf = (id: string): Box | undefined => {
        const rect = graph.querySelector(`[data-stage="${id}"]`)?.getBoundingClientRect();
        return (
          rect && {
            left: rect.left - origin.left,
            right: rect.right - origin.left,
            top: rect.top - origin.top,
            bottom: rect.bottom - origin.top,
          }
        );
      };
      setPaths(
        edges.flatMap(([from, to]) => {
          const [start, end] = [boxOf(from), boxOf(to)];
          return start && end ? [{ from, to, path: pathBetween(start, end) }] : [];
        }),
      );
    };
    const observer = new ResizeObserver(measure);
    observer.observe(graph);
    return () => observer.disconnect();
  }, [box]);
  return paths;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

const middle = (low: number, high: number) => (low + high) / 2;
const round = 10;

/** A line from one box to another: beside, below or above it. Boxes in between are passed below. */
function pathBetween(from: Box, to: Box): string {
  const [fromX, fromY] = [middle(from.left, from.right), middle(from.top, from.bottom)];
  const [toX, toY] = [middle(to.left, to.right), middle(to.top, to.bottom)];
  const width = from.right - from.left;
  if (Math.abs(fromX - toX) < 1)
    return toY > fromY ? `M${fromX} ${from.bottom}V${to.top}` : `M${fromX} ${from.top}V${to.bottom}`;
  if (Math.abs(fromY - toY) < 1 && to.left - from.right > width) {
    const below = Math.max(from.bottom, to.bottom) + round * 1.2;
    return `M${fromX} ${from.bottom}V${below - round}q0 ${round} ${round} ${round}H${toX - round}q${round} 0 ${round} ${-round}V${to.bottom}`;
  }
  const [startX, endX] = toX > fromX ? [from.right, to.left] : [from.left, to.right];
  const bend = middle(startX, endX);
  return `M${startX} ${fromY}C${bend} ${fromY} ${bend} ${toY} ${endX} ${toY}`;
}
