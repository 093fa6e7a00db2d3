/** Peak resident memory of this process from now on, looked at every 20 ms. */
export function watchMemory(): { stop(): number } {
  let peak = 0;
  const look = () => (peak = Math.max(peak, process.memoryUsage.rss()));
  const timer = setInterval(look, 20);
  look();
  return {
    stop() {
      clearInterval(timer);
      look();
      return Math.round(peak / 1_048_576);
    },
  };
}
