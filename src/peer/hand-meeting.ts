import { rejected, type Result } from '../base/result.ts'
import { createHandDoor, type HandDoor } from '../transport/hand-door.ts'
import { isAddressHidden } from './address-hiding.ts'
import { splitHandInvitation } from './hand-code.ts'
import { HandIntroduction, type HandIntroductionOptions, type HandReason } from './hand-introduction.ts'
import type { RoomCore } from './room-core.ts'

/** The door of a room that two people open by showing each other codes, and their introductions through it. */
export class HandMeeting {
  readonly #core: RoomCore
  readonly #isOffline: () => boolean
  #door: HandDoor | undefined

  constructor(core: RoomCore, isOffline: () => boolean) {
    this.#core = core
    this.#isOffline = isOffline
  }

  async offer(): Promise<HandIntroduction> {
    return HandIntroduction.offer(await this.#options())
  }

  async answer(code: string): Promise<Result<HandIntroduction, HandReason>> {
    if (this.#isOffline()) return rejected('offline')
    const { inviteLink, offerCode = inviteLink } = splitHandInvitation(code)
    return HandIntroduction.answer(offerCode, await this.#options())
  }

  async #options(): Promise<HandIntroductionOptions> {
    const { id, keys, links, environment } = this.#core
    const iceServers = (await environment.iceServers?.()) ?? []
    const door = (this.#door ??= createHandDoor({ iceServers, isAddressHidden: isAddressHidden(environment.notes) }))
    const openDoor: HandIntroductionOptions['room']['links']['openDoor'] = (opened, topic) =>
      this.#isOffline() ? undefined : links.openDoor(opened, topic)
    const room = {
      id,
      keys,
      links: {
        openDoor,
        events: links.events,
        get links() {
          return links.links
        },
      },
    }
    return { room, door, environment }
  }
}
