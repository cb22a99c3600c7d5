import { isObject } from './block-kit.ts';

/**
 * How the inbox answers webhooks: status 200 keeps the message, any other refuses it, as Slack does when it
 * fails.
 */
export interface Behaviour {
  readonly status: number;
  readonly delayMs: number;
  /** The delay between storing a message and answering its sender. */
  readonly answerDelayMs: number;
  readonly retryAfterS: number | undefined;
  /** 1: closes the connection instead of answering. */
  readonly hangUp: number;
}

export const normalBehaviour: Behaviour = {
  status: 200,
  delayMs: 0,
  answerDelayMs: 0,
  retryAfterS: undefined,
  hangUp: 0,
};

const ranges = {
  status: [200, 599],
  delayMs: [0, 60_000],
  answerDelayMs: [0, 60_000],
  retryAfterS: [0, 3600],
  hangUp: [0, 1],
} as const;

type Setting = keyof typeof ranges;

const isSetting = (name: string): name is Setting => name in ranges;

const checkSetting = ([name, value]: [string, unknown]): void => {
  if (!isSetting(name))
    throw new RangeError(`unknown setting ${name}: use ${Object.keys(ranges).join(', ')}`);
  const [min, max] = ranges[name];
  if (typeof value !== 'number' || !Number.isInteger(value) || value < min || value > max) {
    throw new RangeError(`${name} must be a whole number from ${min} to ${max}`);
  }
};

/**
 * Parses the body of `PUT /behaviour`. Missing settings have their normal values.
 * @throws RangeError or SyntaxError
 */
export const parseBehaviour = (body: string): Behaviour => {
  const settings: unknown = JSON.parse(body);
  if (!isObject(settings)) throw new RangeError('the body must be a JSON object');
  Object.entries(settings).forEach(checkSetting);
  return { ...normalBehaviour, ...settings };
};

/** The error text that Slack sends with a status. */
export const refusalOf = (status: number): string =>
  ({ 403: 'action_prohibited', 404: 'no_service', 410: 'channel_is_archived', 429: 'rate_limited' })[
    status
  ] ?? (status >= 500 ? 'rollup_error' : 'invalid_payload');

/** What the failure switch does, such as "answering 429, Retry-After 30 s"; null when it is off. */
export function describeBehaviour(behaviour: Behaviour): string | null {
  const { status, delayMs, answerDelayMs, retryAfterS, hangUp } = behaviour;
  const parts = [
    ...(status === 200 ? [] : [`answering ${status}`]),
    ...(delayMs === 0 ? [] : [`after ${delayMs} ms`]),
    ...(answerDelayMs === 0 ? [] : [`keeping messages, and answering ${answerDelayMs} ms later`]),
    ...(retryAfterS === undefined ? [] : [`Retry-After ${retryAfterS} s`]),
    ...(hangUp === 0 ? [] : ['closing the connection instead of answering']),
  ];
  return parts.length > 0 ? parts.join(', ') : null;
}
