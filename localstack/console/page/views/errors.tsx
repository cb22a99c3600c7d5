import type { ErrorLine, Errors } from '../../contract.ts';
import { formatCount, formatTime } from '../format.ts';
import { useLive } from '../live.ts';
import { go, usePlace, withQuery } from '../router.ts';
import { Ago, Badge, Card, Empty, Head, Loaded, type Tone } from '../ui.tsx';

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
            <Card flush>
              {errors.errors.length === 0 ? (
                <Empty title="No error matches">
                  Every row of every file is valid, or the filter leaves none.
                </Empty>
              ) : (
                errors.errors.map((error) => <ErrorItem key={error.id} error={error} />)
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
  const all = errors.byStatus.reduce((sum, { count }) => sum + count, 0);
  const tabs = [{ name: '', count: all }, ...errors.byStatus];
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
            {name === '' ? 'All' : name.toLowerCase()} <b>{formatCount(count)}</b>
          </button>
        ))}
      </fieldset>
      <Choice label="Type" value={filter.type} options={errors.byType} choose={(type) => choose({ type })} />
      <Choice
        label="File or topic"
        value={filter.file}
        options={errors.byFile}
        choose={(file) => choose({ file })}
      />
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

const ErrorItem = ({ error }: { error: ErrorLine }) => (
  <details class="item">
    <summary>
      <span class="id">#{error.id}</span>
      <Badge tone={statusTones[error.status] ?? 'neutral'}>{error.status.toLowerCase()}</Badge>
      <span class="type">{error.type}</span>
      <span class="reason">{error.reason}</span>
      <span class="when">
        <Ago ms={error.createdAtMs} />
      </span>
    </summary>
    <dl>
      <Field name="Raw row" value={error.rawRow} mono />
      <Field name="Corrected" value={error.corrected} mono />
      <Field
        name="File"
        value={error.file && `${error.file}${error.line === null ? '' : `, line ${error.line}`}`}
      />
      <Field name="Kafka record" value={error.record} mono />
      <Field name="Location" value={error.location} />
      <Field name="Failed in" value={error.failedIn} />
      <Field name="Retries" value={error.retries > 0 ? String(error.retries) : null} />
      <Field name="Cause" value={error.cause} mono />
      <Field name="Stored" value={`${formatTime(error.createdAtMs)} UTC`} />
    </dl>
  </details>
);

const Field = ({ name, value, mono = false }: { name: string; value: string | null; mono?: boolean }) =>
  value ? (
    <>
      <dt>{name}</dt>
      <dd class={mono ? 'mono' : ''}>{value}</dd>
    </>
  ) : null;
