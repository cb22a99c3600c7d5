import { setTimeout as delay } from 'node:timers/promises';
import type { Endpoints } from './endpoints.ts';
import { openPlatformCounts, type PlatformCounter } from './platform-counts.ts';
import { renderLive, renderLiveLine } from './terminal/live.ts';
import { openScreen, type ScreenProps } from './terminal/screen.ts';
import type { LiveState, PlatformCounts } from './terminal/state.ts';

const readEveryMs = 1_000;
const shownSeconds = 120;
