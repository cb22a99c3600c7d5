import { useEffect, useState } from 'preact/hooks';
import { type Answers, type Path, type Refusal, writeHeader } from '../contract.ts';

/** How the page reaches its server. */
export type Connection = 'connected' | 'starting' | 'lost';

let connection: Connection = 'connected';
const changed = new EventTarget();

function setConnection(next: Connection): void {
  if (next === connection) return;
  connection = next;
  changed.dispatchEvent(new Event('changed'));
}

export function useConnection(): Connection {
  const [current, setCurrent] = useState(connection);
  useEffect(() => {
    const update = () => setCurrent(connection);
    update();
    changed.addEventListener('changed', update);
    return () => changed.removeEventListener('changed', update);
  }, []);
  return current;
}

/** The server answered, and refused. Its message is for the user. */
class RefusedRequest extends Error {}

/** @throws RefusedRequest, or another error when the server cannot be reached */
async function answerOf(response: Response): Promise<unknown> {
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok) return body;
  const { error, starting } = (body ?? { error: `The server answered ${response.status}` }) as Refusal;
  setConnection(starting ? 'starting' : 'connected');
  throw new RefusedRequest(error);
}

async function request(address: string, init: RequestInit): Promise<unknown> {
  try {
    const answer = await answerOf(await fetch(address, init));
    setConnection('connected');
    return answer;
  } catch (error) {
    if (!(error instanceof RefusedRequest) && !init.signal?.aborted) setConnection('lost');
    throw error;
  }
}

export type Query = Readonly<Record<string, string>>;

const addressOf = (path: string, query: Query) => {
  const parameters = new URLSearchParams(query);
  return parameters.size === 0 ? path : `${path}?${parameters}`;
};

const read = <P extends Path>(path: P, query: Query, signal?: AbortSignal) =>
  request(addressOf(path, query), signal ? { signal } : {}) as Promise<Answers[P]>;

/** Sends a change. */
export const act = <Answer>(path: string, query: Query, body?: BodyInit) =>
  request(addressOf(path, query), {
    method: 'POST',
    headers: { [writeHeader]: '1' },
    body: body ?? null,
  }) as Promise<Answer>;

export interface Live<Value> {
  /** The last answer, kept while the server is lost. */
  readonly value: Value | undefined;
  /** Why the last request was refused. */
  readonly error: string | undefined;
  readonly refresh: () => void;
}

const lostRetryMs = 1_000;

/**
 * Reads a path now, and again `everyMs` after each answer; with 0, only when its query changes. A hidden page
 * does not ask. A lost server is asked until it is back.
 */
export function useLive<P extends Path>(path: P, query: Query = {}, everyMs = 1_000): Live<Answers[P]> {
  const [state, setState] = useState<{ value?: Answers[P]; error?: string }>({});
  const [turn, setTurn] = useState(0);
  const address = addressOf(path, query);

  // The address is path and query; a new `turn` asks again.
  useEffect(() => {
    const stop = new AbortController();
    let timer = 0;
    let isAnswered = false;
    const poll = async () => {
      clearTimeout(timer);
      if (document.hidden || isAnswered) return;
      let pauseMs = everyMs;
      try {
        const value = await read(path, query, stop.signal);
        isAnswered = everyMs === 0;
        if (!stop.signal.aborted) setState({ value });
      } catch (error) {
        if (stop.signal.aborted) return;
        const isRefused = error instanceof RefusedRequest && connection !== 'starting';
        pauseMs = isRefused ? everyMs : lostRetryMs;
        if (error instanceof RefusedRequest)
          setState((before) => ({ ...before, error: connection === 'starting' ? '' : error.message }));
      }
      if (!stop.signal.aborted && pauseMs > 0) timer = setTimeout(poll, pauseMs);
    };
    void poll();
    document.addEventListener('visibilitychange', poll);
    return () => {
      stop.abort();
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', poll);
    };
  }, [address, everyMs, turn]);

  return {
    value: state.value,
    error: state.error || undefined,
    refresh: () => setTurn((before) => before + 1),
  };
}
