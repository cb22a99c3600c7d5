export interface Request {
  readonly version: string;
  /** Of the object that said which model was in use when the two were compared; null if there was none. */
  readonly eTag: string | null;
}

export interface Ports {
  /** Points at the version if nobody has pointed elsewhere since; answers whether it did. */
  readonly moveCurrent: (version: string, eTag: string | null) => Promise<boolean>;
  /** The version pointed at; undefined while there is none. */
  readonly currentVersion: () => Promise<string | undefined>;
}

export interface Promotion {
  readonly promoted: boolean;
  readonly reason: string;
}

/**
 * Makes a model the one in use, unless another has become so since it was compared: then the comparison says nothing of that one.
 * Asked again, since its answer was lost, it answers as before.
 */
export async function promoteModel({ version, eTag }: Request, ports: Ports): Promise<Promotion> {
  if (await ports.moveCurrent(version, eTag)) return { promoted: true, reason: `${version} is in use` };
  const current = await ports.currentVersion();
  if (current === version) return { promoted: true, reason: `${version} is in use` };
  return { promoted: false, reason: `${current ?? 'another model'} came into use meanwhile` };
}

/** Reads what the workflow gives. @throws Error that names the field that is missing or wrong */
export function readRequest(event: unknown): Request {
  const { version, eTag } = Object(event) as Record<string, unknown>;
  if (typeof version !== 'string' || version === '') throw new Error('version is missing');
  if (eTag !== null && typeof eTag !== 'string') throw new Error('eTag is missing');
  return { version, eTag };
}
