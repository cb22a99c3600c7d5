import type { View } from './screen.ts';
import type { Health, PlatformStatus } from './state.ts';
import { type Column, renderTable } from './table.ts';
import { cut, formatCount, formatSensor, type Paint, painter } from './text.ts';

const viewHealth = (health: Health, paint: Paint): string =>
  ({
    healthy: paint('green', '✓ healthy'),
    unhealthy: paint('red', '✗ unhealthy'),
    stopped: paint('dim', '– stopped'),
  })[health];

const serviceColumns: readonly Column[] = [
  { title: 'service' },
  { title: 'pid', align: 'right' },
  { title: 'address' },
  { title: 'health' },
];
const groupColumns: readonly Column[] = [{ title: 'consumer group' }, { title: 'lag', align: 'right' }];

/** The services of the platform, as a table. */
export const renderServices = (
  services: PlatformStatus['services'],
  { width, colour }: View,
): readonly string[] => {
  const paint = painter(colour);
  return renderTable(
    serviceColumns,
    services.map(({ name, pid, address, health }) => [
      name,
      pid === undefined ? '–' : String(pid),
      address || '–',
      viewHealth(health, paint),
    ]),
    { width, colour },
  );
};

/** The output of `npm run status`. */
export const renderStatus = (status: PlatformStatus, { width, colour }: View): string[] => {
  const { services, apiUrl, watchedHour, lag } = status;
  const paint = painter(colour);
  const inner = { width: width - 1, colour };
  const lines = [
    ...renderServices(services, inner),
    '',
    `API     ${apiUrl || '–'}`,
    `Sensor  ${formatSensor(watchedHour)}`,
    '',
    ...renderTable(
      groupColumns,
      Object.entries(lag).map(([group, records]) => [
        group,
        paint(records === 0 ? 'green' : 'yellow', formatCount(records)),
      ]),
      inner,
    ),
  ];
  return lines.map((line) => cut(line === '' ? '' : ` ${line}`, width));
};
