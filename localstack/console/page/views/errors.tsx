import { useState } from 'preact/hooks';
import type { ErrorLine, Errors, FixedError, IgnoredErrors, RedrivenErrors } from '../../contract.ts';
import { formatCount, formatTime, plural } from '../format.ts';
import { act, useLive } from '../live.ts';
import { go, usePlace, withQuery } from '../router.ts';
import { Ago, Badge, Card, Empty, ErrorNote, Head, Loaded, type Tone } from '../ui.tsx';

export function ErrorsView() {
  const place = usePlace();
  const value = (name: string) => place.query.get(name) ?? '';
  const filter = {
    status: value('status'),
    type: value('type'),
    file: value('file'),
    before: value('before'),
  };
  const live = useLive('/api/errors', filter, 2_000);
  const choose = (changes: Record<string, string>) => go(withQuery(place, { before: '', ...changes }));
  return (
    <>
      <Head title="Errors">
        Rows and messages that could not be processed, with what was found and what was expected.
      </Head>
      <Loaded live={live}>
        {(errors) => (
          <>
            <Filters errors={errors} filter={filter} choose={choose} />
            {(filter.type !== '' || filter.file !== '') && (
              <Bulk
                key={filter.type + filter.file}
                type={filter.type}
                file={filter.file}
                onChanged={live.refresh}
              />
            )}
            <Card flush>
              {errors.errors.length === 0 ? (
                <Empty title="No error matches">
                  Every row of every file is valid, or the filter leaves none.
                </Empty>
              ) : (
                errors.errors.map((error) => (
                  <ErrorItem key={error.id} error={error} onChanged={live.refresh} />
                ))
              )}
            </Card>
            <nav class="pages" aria-label="Pages">
              {filter.before !== '' && <a href={withQuery(place, { before: '' })}>Newest</a>}
              {errors.next !== undefined && (
                <a href={withQuery(place, { before: String(errors.next) })}>Older errors</a>
              )}
            </nav>
          </>
        )}
      </Loaded>
    </>
  );
}

interface FilterProps {
  readonly errors: Errors;
  readonly filter: { readonly status: string; readonly type: string; readonly file: string };
  readonly choose: (changes: Record<string, string>) => void;
}

function Filters({ errors, filter, choose }: FilterProps) {
  const tabs = [{ name: '', count: undefined }, ...errors.byStatus];
  const counted = (name: string, count: number) =>
    name !== 'open' && count >= errors.countedSettled ? `${formatCount(count)}+` : formatCount(count);
  return (
    <div class="filters">
      <fieldset class="tabs">
        <legend class="hidden">Status</legend>
        {tabs.map(({ name, count }) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === filter.status}
            onClick={() => choose({ status: name })}
          >
            {name === '' ? 'all' : name} {count !== undefined && <b>{counted(name, count)}</b>}
          </button>
        ))}
      </fieldset>
      <Choice label="Type" value={filter.type} options={errors.byType} choose={(type) => choose({ type })} />
      <Choice label="File" value={filter.file} options={errors.byFile} choose={(file) => choose({ file })} />
    </div>
  );
}

function Choice({
  label,
  value,
  options,
  choose,
}: {
  label: string;
  value: string;
  options: Errors['byType'];
  choose: (value: string) => void;
}) {
  const known = options.some(({ name }) => name === value);
  return (
    <label>
      <span>{label}</span>
      <select value={value} onChange={(event) => choose(event.currentTarget.value)}>
        <option value="">all</option>
        {!known && value !== '' && <option value={value}>{value}</option>}
        {options.map(({ name, count }) => (
          <option key={name} value={name}>
            {name.replace('incoming/observations/', '')} ({formatCount(count)})
          </option>
        ))}
      </select>
    </label>
  );
}

const statusTones: Readonly<Record<string, Tone>> = {
  NEW: 'warn',
  REDRIVING: 'accent',
  REDRIVEN: 'good',
  IGNORED: 'neutral',
};

function ErrorItem({ error, onChanged }: { error: ErrorLine; onChanged: () => void }) {
  const [isOpen, setOpen] = useState(false);
  const { id, status, type, reason, file, line, createdAtMs } = error;
  return (
    <details class="item" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <span class="id">#{id}</span>
        <Badge tone={statusTones[status] ?? 'neutral'}>
          {status === 'NEW' && error.corrected !== null ? 'corrected' : status.toLowerCase()}
        </Badge>
        <span class="type">{type}</span>
        <span class="reason">{reason}</span>
        <span class="when">
          <Ago ms={createdAtMs} />
        </span>
      </summary>
      <dl>
        <Field name="Raw row" value={error.rawRow} mono />
        <Field name="Corrected" value={error.corrected} mono />
        <Field name="File" value={file && `${file}${line === null ? '' : `, line ${line}`}`} />
        <Field name="Kafka record" value={error.record} mono />
        <Field name="Location" value={error.location} />
        <Field name="Failed in" value={error.failedIn} />
        <Field name="Retries" value={error.retries > 0 ? String(error.retries) : null} />
        <Field name="Cause" value={error.cause} mono />
        <Field name="Stored" value={`${formatTime(createdAtMs)} UTC`} />
      </dl>
      {isOpen && openStates.includes(status) && <Mend id={id} onChanged={onChanged} />}
    </details>
  );
}

const openStates = ['NEW', 'REDRIVING'];

/** Corrects the fields of an error, sends it again or ignores it. */
function Mend({ id, onChanged }: { id: number; onChanged: () => void }) {
  const live = useLive('/api/error', { id: String(id) }, 0);
  const [changed, setChanged] = useState<Readonly<Record<string, string>>>({});
  const actions = useActions(() => {
    setChanged({});
    live.refresh();
    onChanged();
  });
  const save = () =>
    actions.run(async () => {
      const { fault } = await act<FixedError>(
        '/api/errors/fix',
        { id: String(id) },
        JSON.stringify({ fields: changed }),
      );
      return fault === null
        ? `Error ${id} is corrected. It can be sent again.`
        : `Error ${id} is corrected, but still wrong: ${fault}`;
    });
  return (
    <form
      class="inside"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Loaded live={live}>
        {({ cells, canEdit }) =>
          canEdit && (
            <div class="filters">
              {cells.map(({ name, value, isWrong }) => (
                <label key={name} class={isWrong ? 'wrong' : ''}>
                  <span>
                    {name}
                    {isWrong && ' (wrong)'}
                  </span>
                  <input
                    type="text"
                    value={changed[name] ?? value}
                    onInput={(event) => setChanged({ ...changed, [name]: event.currentTarget.value })}
                  />
                </label>
              ))}
            </div>
          )
        }
      </Loaded>
      <div class="actions">
        {live.value?.canEdit && (
          <button type="submit" disabled={actions.isBusy || Object.keys(changed).length === 0}>
            Save the correction
          </button>
        )}
        <button
          type="button"
          class="primary"
          disabled={actions.isBusy}
          onClick={() => void actions.redrive({ ids: [id] })}
        >
          Send again
        </button>
        <button type="button" disabled={actions.isBusy} onClick={() => void actions.ignore({ ids: [id] })}>
          Ignore
        </button>
      </div>
      {actions.note}
    </form>
  );
}

type Selection = Readonly<Record<string, unknown>>;

/** Runs one action at a time, and says what became of it. */
function useActions(onDone: () => void) {
  const [isBusy, setBusy] = useState(false);
  const [text, setText] = useState('');
  const [isBad, setBad] = useState(false);
  const run = async (work: () => Promise<string>) => {
    setBusy(true);
    try {
      setText(await work());
      setBad(false);
      onDone();
    } catch (error) {
      setText(error instanceof Error ? error.message : String(error));
      setBad(true);
    }
    setBusy(false);
  };
  return {
    isBusy,
    run,
    redrive: (selection: Selection) =>
      run(async () =>
        redrivenText(await act<RedrivenErrors>('/api/errors/redrive', {}, JSON.stringify(selection))),
      ),
    ignore: (selection: Selection) =>
      run(async () => {
        const { ignored } = await act<IgnoredErrors>('/api/errors/ignore', {}, JSON.stringify(selection));
        return `${plural(ignored, 'error')} ignored.`;
      }),
    note: (
      <div aria-live="polite">
        {text !== '' && (isBad ? <ErrorNote>{text}</ErrorNote> : <p class="note accent">{text}</p>)}
      </div>
    ),
  };
}

function redrivenText({ redriven, files, invalid, reasons }: RedrivenErrors): string {
  const parts = [`${plural(redriven, 'record')} sent again.`];
  if (files.length > 0) parts.push(`Read again: ${files.join(', ')}.`);
  if (invalid > 0)
    parts.push(
      `${formatCount(invalid)} not sent, since they are still invalid. #${reasons[0]?.id}: ${reasons[0]?.reason}`,
    );
  return parts.join(' ');
}

/** Sends again or ignores all open errors that the filter selects. */
function Bulk({ type, file, onChanged }: { type: string; file: string; onChanged: () => void }) {
  const actions = useActions(onChanged);
  const [asked, setAsked] = useState<'redrive' | 'ignore'>();
  const selection = { ...(type === '' ? {} : { type }), ...(file === '' ? {} : { file }) };
  const what = `all open errors${type === '' ? '' : ` of type ${type}`}${file === '' ? '' : ` of ${file}`}`;
  const confirm = () => {
    const action = asked;
    setAsked(undefined);
    if (action) void actions[action](selection);
  };
  return (
    <>
      <div class="actions">
        {asked === undefined ? (
          <>
            <button type="button" disabled={actions.isBusy} onClick={() => setAsked('redrive')}>
              Send all of these again
            </button>
            <button type="button" disabled={actions.isBusy} onClick={() => setAsked('ignore')}>
              Ignore all of these
            </button>
          </>
        ) : (
          <>
            <button type="button" class="primary" onClick={confirm}>
              {asked === 'redrive' ? 'Yes, send again' : 'Yes, ignore'} {what}
            </button>
            <button type="button" onClick={() => setAsked(undefined)}>
              No
            </button>
          </>
        )}
      </div>
      {actions.note}
    </>
  );
}

const Field = ({ name, value, mono = false }: { name: string; value: string | null; mono?: boolean }) =>
  value ? (
    <>
      <dt>{name}</dt>
      <dd class={mono ? 'mono' : ''}>{value}</dd>
    </>
  ) : null;
