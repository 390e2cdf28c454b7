import type { Environment } from './environment.ts'

/**
 * One at a time: two tabs at a first start would each make a person, and only one of them would be kept; and none may
 * enter a room while another becomes somebody else.
 */
export async function withProfileLock<T>(environment: Environment, run: () => Promise<T>): Promise<T> {
  const lock = await environment.waitForLock('parley/profile', new AbortController().signal)
  try {
    return await run()
  } finally {
    lock?.release()
  }
}
