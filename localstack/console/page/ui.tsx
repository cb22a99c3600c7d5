import type { ComponentChildren } from 'preact';
import { formatAgo, formatTime } from './format.ts';
import type { Live } from './live.ts';

export type Tone = 'neutral' | 'accent' | 'good' | 'warn' | 'bad';

export const Badge = ({ tone = 'neutral', children }: { tone?: Tone; children: ComponentChildren }) => (
  <span class={`badge ${tone}`}>{children}</span>
);

export const Card = ({
  title,
  aside,
  children,
  flush = false,
}: {
  title?: ComponentChildren;
  aside?: ComponentChildren;
  children: ComponentChildren;
  /** Without inner space: for tables. */
  flush?: boolean;
}) => (
  <section class={flush ? 'card flush' : 'card'}>
    {(title || aside) && (
      <header>
        {title && <h2>{title}</h2>}
        {aside}
      </header>
    )}
    {children}
  </section>
);

/** The top of a view: its name, what it shows, and what can be done there. */
export const Head = ({
  title,
  children,
  actions,
}: {
  title: string;
  children?: ComponentChildren;
  actions?: ComponentChildren;
}) => (
  <div class="head">
    <div>
      <h1>{title}</h1>
      {children && <p class="lead">{children}</p>}
    </div>
    {actions && <div class="actions">{actions}</div>}
  </div>
);

/** A moment, and how long ago it was. */
export const Ago = ({ ms }: { ms: number }) => (
  <time dateTime={new Date(ms).toISOString()} title={`${formatTime(ms)} UTC`}>
    {formatAgo(ms, Date.now())}
  </time>
);

export const Empty = ({ title, children }: { title: string; children?: ComponentChildren }) => (
  <div class="empty">
    <p class="what">{title}</p>
    {children && <p>{children}</p>}
  </div>
);

/** Shows an answer when it is there; before that a placeholder, and the reason of a refusal. */
export function Loaded<Value>({
  live,
  children,
}: {
  live: Live<Value>;
  children: (value: Value) => ComponentChildren;
}) {
  return (
    <>
      {live.error && <ErrorNote>{live.error}</ErrorNote>}
      {live.value !== undefined ? children(live.value) : !live.error && <Loading />}
    </>
  );
}

export const ErrorNote = ({ children }: { children: ComponentChildren }) => (
  <p class="note bad" role="alert">
    {children}
  </p>
);

const Loading = () => (
  <div class="loading" role="status">
    <span class="hidden">Loading</span>
  </div>
);

/** A share of 0 to 1. */
export const Meter = ({ share, label }: { share: number; label: string }) => (
  <div
    class={share >= 1 ? 'meter full' : 'meter'}
    role="progressbar"
    aria-label={label}
    aria-valuemin={0}
    aria-valuemax={100}
    aria-valuenow={Math.round(share * 100)}
    title={`${label}: ${Math.round(share * 100)} %`}
  >
    <span style={{ width: `${share * 100}%` }} />
  </div>
);
