/** Many askers, one question. */

/** Makes a function that asks while nobody else does, and else shares the answer that is on its way. */
export function shareRunning<T>(ask: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | null = null;
  return () => {
    running ??= ask().finally(() => (running = null));
    return running;
  };
}
