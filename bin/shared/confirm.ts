import { createInterface } from 'node:readline/promises';

/**
 * Asks for a word, so that nothing large happens by a slip.
 * @throws Error when the answer is another, or there is no terminal to ask on
 */
export async function confirm(question: string, word: string, what: string): Promise<void> {
  if (!process.stdin.isTTY) throw new Error(`${what} needs a confirmation. Add --yes to confirm it here.`);
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await terminal.question(`${question} Type ${word} to confirm: `);
  terminal.close();
  if (answer.trim() !== word) throw new Error('Not confirmed. Nothing was changed.');
}
