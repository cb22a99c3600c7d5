// `npm run status`: the services of the local platform, and the lag of each consumer group.
import { openPlatformCounts } from '../localstack/run/platform-counts.ts';
import { platformState } from '../localstack/run/platform-state.ts';
import { serviceStates } from '../localstack/run/service-states.ts';
import { viewOf } from '../localstack/terminal/screen.ts';
import { renderServices, renderStatus } from '../localstack/terminal/status.ts';
import { runCommand, takeNoArguments } from './shared/command.ts';
import { stateDir } from './shared/running-platform.ts';

await runCommand('status', async () => {
  takeNoArguments();
  const state = platformState(stateDir);
  const view = viewOf(process.stdout, process.env);
  if (state.name === 'stopped') {
    console.log('The local platform is not running. `npm start` starts it.');
    return 1;
  }
  const services = await serviceStates(stateDir);
  if (state.name === 'starting') {
    const seconds = Math.round((Date.now() - state.sinceMs) / 1000);
    console.log(`The local platform is starting (process ${state.pid}, for ${seconds} s).`);
    if (services.length > 0) console.log(renderServices(services, view).join('\n'));
    return 0;
  }
  const { endpoints } = state;
  if (endpoints.platformOnly) {
    console.log(renderServices(services, view).join('\n'));
    return 0;
  }
  const counter = await openPlatformCounts(endpoints);
  const lag = await counter.lag();
  const watchedHour = await counter.watchedHour();
  await counter.close();
  console.log(renderStatus({ services, apiUrl: endpoints.apiUrl, watchedHour, lag }, view).join('\n'));
  return 0;
});
