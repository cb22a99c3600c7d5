import { expect, test } from '@jest/globals';
import { dashboards, panelsOf } from '../../../../../lib/observability/dashboards.ts';
import { bound, legendOf, onGrid } from '../../../../../localstack/console/views/charts.ts';

test('no query of a panel keeps a variable of Grafana', () => {
  const queries = dashboards.flatMap((dashboard) => panelsOf(dashboard).flatMap((panel) => panel.queries));
  expect(queries.length).toBeGreaterThan(20);
  expect(queries.map(({ expr }) => bound(expr)).filter((expr) => expr.includes('$'))).toEqual([]);
});

test('a series has its legend with its labels', () => {
  expect(legendOf('{{route}} {{ status }}', { route: '/predict', status: '200' })).toBe('/predict 200');
  expect(legendOf('{{none}}', {})).toBe('value');
  expect(legendOf('rows', {})).toBe('rows');
});

test('a moment without a sample has no value', () => {
  const range = { fromS: 100, toS: 130, stepS: 10 };
  expect(
    onGrid(
      [
        [100, '1'],
        [120, '0.5'],
        [130, 'NaN'],
      ],
      range,
    ),
  ).toEqual([1, null, 0.5, null]);
});
