/** For what no event announces: asks again until the answer is yes, or the deadline has passed with the last reason why not. */
export async function eventually<T>(
  attempt: () => Promise<T> | T,
  { timeoutMs = 10_000, intervalMs = 20 } = {},
): Promise<T> {
  const deadline = performance.now() + timeoutMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((wake) => setTimeout(wake, intervalMs))
    }
  }
}
