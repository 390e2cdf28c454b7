/** y-webrtc keeps its rooms by name in a map of its module: one session each, and a new one only after the old ended. */
const turns = new Map<string, Promise<void>>()

/**
 * Takes the next turn at a topic, which lasts until `ended`. Resolves when those before have had theirs; undefined when
 * there are none.
 */
export function takeTurn(topic: string, ended: Promise<void>): Promise<void> | undefined {
  const before = turns.get(topic)
  const turn = untilBoth(before, ended)
  turns.set(topic, turn)
  void forget(topic, turn)
  return before
}

async function untilBoth(before: Promise<void> | undefined, ended: Promise<void>): Promise<void> {
  await before
  await ended
}

async function forget(topic: string, turn: Promise<void>): Promise<void> {
  await turn
  if (turns.get(topic) === turn) turns.delete(topic)
}
