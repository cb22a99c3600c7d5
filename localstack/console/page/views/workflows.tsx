import { useState } from 'preact/hooks';
import type { Execution, Started, Workflows } from '../../contract.ts';
import { formatTime } from '../format.ts';
import { act, useLive } from '../live.ts';
import { Ago, Badge, Card, ErrorNote, Head, Loaded, type Tone } from '../ui.tsx';

export function WorkflowsView() {
  const live = useLive('/api/workflows', {}, 2_000);
  return (
    <>
      <Head title="Workflows">Step Functions: what ran, what runs, and where it stands.</Head>
      <Loaded live={live}>
        {({ workflows, days }) => (
          <>
            <RunDay days={days} onStarted={live.refresh} />
            {workflows.map((workflow) => (
              <WorkflowCard key={workflow.name} {...workflow} />
            ))}
          </>
        )}
      </Loaded>
    </>
  );
}

/** Starts the daily workflow, as `npm run daily` does. */
function RunDay({ days, onStarted }: { days: readonly string[]; onStarted: () => void }) {
  const [day, setDay] = useState(days[0] ?? '');
  const [note, setNote] = useState<{ readonly text: string; readonly isBad?: boolean }>();
  const [isBusy, setBusy] = useState(false);
  const run = async () => {
    setBusy(true);
    try {
      await act<Started>('/api/daily', {}, JSON.stringify({ day }));
      setNote({ text: `The summary of ${day} is being built. It takes about a minute.` });
      onStarted();
    } catch (error) {
      setNote({ text: error instanceof Error ? error.message : String(error), isBad: true });
    }
    setBusy(false);
  };
  return (
    <Card title="Build the summary of a day">
      <form
        class="filters"
        onSubmit={(event) => {
          event.preventDefault();
          void run();
        }}
      >
        <label>
          <span>Day of the observations (UTC)</span>
          <input
            type="date"
            required
            list="days"
            value={day}
            onInput={(event) => setDay(event.currentTarget.value)}
          />
          <datalist id="days">
            {days.map((each) => (
              <option key={each} value={each} />
            ))}
          </datalist>
        </label>
        <button type="submit" class="primary" disabled={isBusy || day === ''}>
          Run
        </button>
        <p class="soft grow">
          {days.length === 0
            ? 'No observation has landed yet.'
            : `Days with observations: ${days.slice(0, 8).join(', ')}${days.length > 8 ? ' …' : ''}`}
        </p>
      </form>
      <div aria-live="polite">
        {note && (note.isBad ? <ErrorNote>{note.text}</ErrorNote> : <p class="note accent">{note.text}</p>)}
      </div>
    </Card>
  );
}

const tones: Readonly<Record<string, Tone>> = {
  RUNNING: 'accent',
  SUCCEEDED: 'good',
  FAILED: 'bad',
  TIMED_OUT: 'bad',
  ABORTED: 'warn',
};

const WorkflowCard = ({ name, about, executions }: Workflows['workflows'][number]) => (
  <Card title={name} aside={<span class="soft">{about}</span>} flush>
    {executions.length === 0 ? (
      <p class="more soft">It has not run yet.</p>
    ) : (
      executions.map((execution) => <ExecutionItem key={execution.arn} execution={execution} />)
    )}
  </Card>
);

function ExecutionItem({ execution }: { execution: Execution }) {
  const { arn, name, status, startedAtMs, endedAtMs } = execution;
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="item execution" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <Badge tone={tones[status] ?? 'neutral'}>{status.toLowerCase().replace('_', ' ')}</Badge>
        <span class="mono one-line">{name}</span>
        <span class="soft">
          {endedAtMs === undefined ? 'running' : `took ${((endedAtMs - startedAtMs) / 1_000).toFixed(1)} s`}
        </span>
        <span class="when">
          <Ago ms={startedAtMs} />
        </span>
      </summary>
      {isOpen && <Steps arn={arn} isRunning={endedAtMs === undefined} />}
    </details>
  );
}

function Steps({ arn, isRunning }: { arn: string; isRunning: boolean }) {
  const live = useLive('/api/execution', { arn }, isRunning ? 1_000 : 0);
  return (
    <div class="inside">
      <Loaded live={live}>
        {({ steps, startedAtMs, endedAtMs, output, failure }) => (
          <>
            <ol class="steps">
              {steps.map(({ state, enteredAtMs }, place) => (
                <li key={place}>
                  <b>{state}</b>
                  <span class="soft">
                    after {((enteredAtMs - startedAtMs) / 1_000).toFixed(1)} s, for{' '}
                    {(
                      ((steps[place + 1]?.enteredAtMs ?? endedAtMs ?? Date.now()) - enteredAtMs) /
                      1_000
                    ).toFixed(1)}{' '}
                    s
                  </span>
                </li>
              ))}
            </ol>
            <p class="soft">Started {formatTime(startedAtMs)} UTC</p>
            {failure !== null && <ErrorNote>{failure}</ErrorNote>}
            {output !== null && <pre class="mono">{output}</pre>}
          </>
        )}
      </Loaded>
    </div>
  );
}
