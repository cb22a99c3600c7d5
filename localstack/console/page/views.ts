import type { ComponentType } from 'preact';
import { ErrorsView } from './views/errors.tsx';
import { FilesView } from './views/files.tsx';
import { PipelineView } from './views/pipeline.tsx';

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
];
