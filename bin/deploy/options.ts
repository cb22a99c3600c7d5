import type { AppConfig, Stage } from '../../lib/app-config.ts';
import { inRegion, stageNamed, stages, withQuickSight } from '../../lib/config.ts';
import { checkArguments, readArguments } from '../shared/command.ts';

/** What the commands that synthesize a stage take. */
export interface StageOptions {
  readonly stage: Stage;
  readonly config: AppConfig;
  readonly isConfirmed: boolean;
  /** For `synthesize`. */
  readonly context: {
    readonly stage: Stage;
    readonly region?: string | undefined;
    readonly zones?: string | undefined;
    readonly quickSightPrincipal?: string | undefined;
  };
}

/** @throws UsageError when the stage, the region, the zones or the principal are none */
export function readStageOptions(): StageOptions {
  const { values } = readArguments({
    options: {
      stage: { type: 'string' },
      region: { type: 'string' },
      zones: { type: 'string' },
      yes: { type: 'boolean', default: false },
      'quicksight-principal': { type: 'string' },
    },
  });
  return checkArguments(() => {
    const stage = stageNamed(values.stage);
    const { region, zones, 'quicksight-principal': quickSightPrincipal } = values;
    if (stage === 'local' && (region !== undefined || zones !== undefined))
      throw new Error('The local stage has one region. --region and --zones are for AWS.');
    const moved =
      region === undefined && zones === undefined
        ? stages[stage]
        : inRegion(stages[stage], region ?? stages[stage].region, zones);
    const config = quickSightPrincipal === undefined ? moved : withQuickSight(moved, quickSightPrincipal);
    return { stage, config, isConfirmed: values.yes, context: { stage, region, zones, quickSightPrincipal } };
  });
}
