/**
 * Asks the browser to keep what is stored here: a super peer that is cleared when space runs short is of no use. Undefined
 * where the browser does not know the question.
 */
export async function askForStorage(): Promise<boolean | undefined> {
  try {
    return await navigator.storage.persist()
  } catch {
    return undefined
  }
}
