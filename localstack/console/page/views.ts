import type { ComponentType } from 'preact';
import { ChartsView } from './views/charts.tsx';
import { ErrorsView } from './views/errors.tsx';
import { FilesView } from './views/files.tsx';
import { LakeView } from './views/lake.tsx';
import { ModelView } from './views/model.tsx';
import { PipelineView } from './views/pipeline.tsx';
import { RowView } from './views/row.tsx';
import { SlackView } from './views/slack.tsx';
import { TopicsView } from './views/topics.tsx';
import { WeatherView } from './views/weather.tsx';
import { WorkflowsView } from './views/workflows.tsx';

export interface View {
  readonly path: string;
  readonly title: string;
  /** The data of an SVG path in a box of 24 by 24. */
  readonly icon: string;
  readonly Page: ComponentType;
}

/** In the order of the navigation. */
export const views: readonly View[] = [
  {
    path: '/',
    title: 'Pipeline',
    icon: 'M4 6h5v4H4zM15 4h5v4h-5zM15 16h5v4h-5zM9 8h3m0 0V6h3m-3 2v10h3',
    Page: PipelineView,
  },
  {
    path: '/files',
    title: 'Files',
    icon: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6',
    Page: FilesView,
  },
  {
    path: '/errors',
    title: 'Errors',
    icon: 'M12 4l9 16H3zM12 10v4M12 17v.5',
    Page: ErrorsView,
  },
  {
    path: '/topics',
    title: 'Topics',
    icon: 'M4 6h16M4 12h16M4 18h16M8 4v4M14 10v4M10 16v4',
    Page: TopicsView,
  },
  {
    path: '/weather',
    title: 'Weather',
    icon: 'M7 18h10a4 4 0 0 0 .5-8A6 6 0 0 0 6 9.5 4.3 4.3 0 0 0 7 18z',
    Page: WeatherView,
  },
  {
    path: '/lake',
    title: 'Lake',
    icon: 'M5 6c0-4 14-4 14 0v12c0 4-14 4-14 0zM5 6c0 4 14 4 14 0M5 12c0 4 14 4 14 0',
    Page: LakeView,
  },
  {
    path: '/model',
    title: 'Model',
    icon: 'M4 19l5-6 4 3 7-9M15 7h5v5',
    Page: ModelView,
  },
  {
    path: '/workflows',
    title: 'Workflows',
    icon: 'M12 3v4M8 7h8v4H8zM12 11v3M5 14h6v5H5zM13 14h6v5h-6z',
    Page: WorkflowsView,
  },
  {
    path: '/slack',
    title: 'Slack',
    icon: 'M4 5h16v11H9l-5 4z',
    Page: SlackView,
  },
  {
    path: '/charts',
    title: 'Charts',
    icon: 'M4 4v16h16M8 16v-4M12 16V8M16 16v-6',
    Page: ChartsView,
  },
  {
    path: '/row',
    title: "One row's life",
    icon: 'M6 4v4m0 4v8M6 8a2 2 0 1 0 0 4M6 20h8a3 3 0 0 0 0-6h-2a3 3 0 0 1 0-6h6m-3-3l3 3-3 3',
    Page: RowView,
  },
];
