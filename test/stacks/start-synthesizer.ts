import { fork } from 'node:child_process';
import { join } from 'node:path';

/** Jest's `globalSetup` of these tests. The synthesizer ends with Jest. */
export default function startSynthesizer(): void {
  const folder = process.env.ISOBAR_TEST_TEMPLATES ?? '';
  const synthesizer = fork(join(import.meta.dirname, 'synthesizer.ts'), [folder]);
  synthesizer.unref();
  synthesizer.channel?.unref();
}
