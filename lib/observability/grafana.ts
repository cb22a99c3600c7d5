import { GraphDrawStyle, StackingMode, VisibilityMode } from '@grafana/grafana-foundation-sdk/common';
import {
  DashboardBuilder,
  DashboardLinkBuilder,
  DashboardLinkType,
  type Dashboard as GrafanaDashboard,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder as StatBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as TimeSeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import type { Dashboard, Panel, Variable } from './panel.ts';

/** The data source of localstack/grafana/provisioning. On a Grafana of your own, give yours this uid. */
const dataSource = { type: 'prometheus', uid: 'isobar-prometheus' };

/** Grafana's grid has 24 columns. */
const columns = 24;
const panelSize = { w: 8, h: 8 };

/** A dashboard as Grafana imports it. Panels link to the runbook where it has a URL. */
export function grafanaDashboard(dashboard: Dashboard, runbookUrl?: string): GrafanaDashboard {
  const builder = new DashboardBuilder(dashboard.title)
    .uid(dashboard.uid)
    .description(dashboard.description)
    .tags(['isobar'])
    .time({ from: 'now-30m', to: 'now' })
    .timezone('browser')
    .refresh('15s')
    .readonly()
    .link(
      new DashboardLinkBuilder('Isobar').type(DashboardLinkType.Dashboards).tags(['isobar']).asDropdown(true),
    );
  for (const variable of dashboard.variables) builder.withVariable(queryVariable(variable));
  let y = 0;
  for (const row of dashboard.rows) {
    builder.withRow(new RowBuilder(row.title).gridPos({ x: 0, y, w: columns, h: 1 }));
    y += 1;
    for (const [at, panel] of row.panels.entries()) {
      const x = (at * panelSize.w) % columns;
      if (at > 0 && x === 0) y += panelSize.h;
      builder.withPanel(panelBuilder(panel, runbookUrl).gridPos({ x, y, ...panelSize }));
    }
    y += panelSize.h;
  }
  return builder.build();
}

const queryVariable = ({ name, label, series, of }: Variable) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(dataSource)
    .query({ query: `label_values(${series}, ${of})`, refId: 'variable' })
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .includeAll(true)
    .allValue('.*')
    .multi(true)
    .current({ selected: true, text: ['All'], value: ['$__all'] });

function panelBuilder(panel: Panel, runbookUrl?: string) {
  const builder = panel.kind === 'stat' ? new StatBuilder() : timeSeries(panel);
  builder
    .title(panel.title)
    .description(describe(panel))
    .datasource(dataSource)
    .unit(panel.unit)
    .targets(
      panel.queries.map(({ expr, legend }, at) =>
        new DataqueryBuilder()
          .datasource(dataSource)
          .refId(String.fromCharCode('A'.charCodeAt(0) + at))
          .expr(expr)
          .legendFormat(legend),
      ),
    );
  if (panel.noData !== undefined) builder.noValue(panel.noData);
  if (panel.min !== undefined) builder.min(panel.min);
  if (panel.max !== undefined) builder.max(panel.max);
  if (panel.runbook !== undefined && runbookUrl !== undefined)
    builder.links([
      new DashboardLinkBuilder('Runbook')
        .type(DashboardLinkType.Link)
        .url(`${runbookUrl}#${panel.runbook}`)
        .targetBlank(true),
    ]);
  return builder;
}

const describe = ({ description, runbook }: Panel): string =>
  runbook === undefined ? description : `${description}\n\nWhat to do: docs/runbook.md#${runbook}`;

function timeSeries({ kind = 'line' }: Panel): TimeSeriesBuilder {
  const builder = new TimeSeriesBuilder().showPoints(VisibilityMode.Never).spanNulls(false);
  if (kind === 'line') return builder.drawStyle(GraphDrawStyle.Line).lineWidth(1).fillOpacity(10);
  return builder
    .drawStyle(GraphDrawStyle.Bars)
    .fillOpacity(80)
    .stacking({ build: () => ({ mode: StackingMode.Normal, group: 'A' }) });
}

/** The text of the file that Grafana reads. */
export const grafanaJson = (dashboard: Dashboard, runbookUrl?: string): string =>
  `${JSON.stringify(grafanaDashboard(dashboard, runbookUrl), null, 2)}\n`;
