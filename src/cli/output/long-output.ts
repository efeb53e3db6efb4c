import type {Output} from '../io.ts';

/** Ends the making of output that nobody wants any more (`| head`). */
export class ReaderClosedError extends Error {}

/** @throws NobodyReads (as a rejection) when the reader has gone. */
export async function writeUnlessClosed(output: Output, text: string): Promise<void> {
  output.write(text);
  // The reader's end shows only when the process has looked at its events.
  await new Promise(resolve => setImmediate(resolve));
  if (output.isClosed) throw new ReaderClosedError();
}
