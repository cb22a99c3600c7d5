export interface Request {
  readonly version: string;
  /** ETag of the object that named the model in use at the comparison; null if there was no object. */
  readonly eTag: string | null;
  /** The version that was in use at the comparison, to go back to. */
  readonly before: string;
}

export interface Ports {
  /** Puts a version into use if the object still has this ETag, and returns whether it did. */
  readonly moveCurrent: (version: string, eTag: string | null, before: string) => Promise<boolean>;
  /** Makes a version the challenger, which scores in shadow; without one, none does any more. */
  readonly nameChallenger: (version: string | undefined) => Promise<void>;
  /** The version in use; undefined when no trained model is. */
  readonly currentVersion: () => Promise<string | undefined>;
}

export interface Promotion {
  readonly promoted: boolean;
  readonly reason: string;
}

/**
 * Puts a model into use, unless another was promoted since the comparison: the new model was not compared
 * with that one. A repeated call, after its answer was lost, has the same result.
 */
export async function promoteModel({ version, eTag, before }: Request, ports: Ports): Promise<Promotion> {
  if (await ports.moveCurrent(version, eTag, before))
    return { promoted: true, reason: `${version} is in use` };
  const current = await ports.currentVersion();
  if (current === version) return { promoted: true, reason: `${version} is in use` };
  return { promoted: false, reason: `${current ?? 'another model'} was promoted meanwhile` };
}

/** A model that is not better yet, to be scored in shadow; with null, none is any more. */
export interface ShadowRequest {
  readonly challenger: string | null;
}

/** Makes a model the challenger, in place of any other. A repeated call has the same result. */
export async function shadowModel(
  { challenger }: ShadowRequest,
  { nameChallenger }: Pick<Ports, 'nameChallenger'>,
): Promise<ShadowRequest> {
  await nameChallenger(challenger ?? undefined);
  return { challenger };
}

/** Reads the input from the workflow. @throws Error that names the missing or wrong field */
export function readRequest(event: unknown): Request | ShadowRequest {
  const { challenger, version, eTag, before } = Object(event) as Record<string, unknown>;
  if (challenger === null || (typeof challenger === 'string' && challenger !== '')) return { challenger };
  if (typeof version !== 'string' || version === '')
    throw new Error('version: found nothing, expected a text');
  if (eTag !== null && typeof eTag !== 'string')
    throw new Error('eTag: found nothing, expected a text or null');
  if (typeof before !== 'string' || before === '') throw new Error('before: found nothing, expected a text');
  return { version, eTag, before };
}
