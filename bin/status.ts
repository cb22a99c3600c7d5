// `npm run status`: the services of the local platform, and the lag of each consumer group.
import { defaultStateDir, readEndpoints } from '../localstack/endpoints.ts';
import { openPlatformCounts } from '../localstack/run/platform-counts.ts';
import { serviceStates } from '../localstack/run/service-states.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderStatus } from '../localstack/terminal/status.ts';
import { takeNoArguments } from './shared/no-arguments.ts';

takeNoArguments(`npm run status
  Lists the services of the local platform with their addresses and health, and the lag of each consumer group.
  Takes no options.`);

const endpoints = readEndpoints(defaultStateDir);
if (!endpoints) {
  console.log('The local platform is not running. `npm start` starts it.');
} else {
  const services = await serviceStates(defaultStateDir);
  const counter = await openPlatformCounts(endpoints);
  const lag = await counter.lag();
  const watchedHour = await counter.watchedHour();
  await counter.close();
  console.log(
    renderStatus(
      { services, apiUrl: endpoints.apiUrl, watchedHour, lag },
      viewOf(process.stdout, process.env),
    ).join('\n'),
  );
}
