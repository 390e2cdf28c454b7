/** Somebody in a process of their own, met at a tracker: writes one message, and says in lines what happens. */
import { MemoryStore, Peer } from '../../src/index.ts'
import { nodeEnvironment } from '../../src/super-peer/index.ts'

const [link = '', trackerUrl = '', name = ''] = process.argv.slice(2)
const { environment, doors } = nodeEnvironment({ trackers: [trackerUrl], notice: () => undefined })
const peer = await Peer.open({ store: new MemoryStore(), environment, doors })
const joined = await peer.joinRoom({ link, myName: name })
if (!joined.ok) throw new Error(joined.reason)
const room = joined.value
const own = `${name} was here.`
let hasWritten = false
const said = new Set<string>()
const say = (line: string): void => {
  if (!said.has(line)) console.log(line)
  said.add(line)
}
const look = (): void => {
  if (room.status !== 'member') return
  for (const { text, state } of room.chat.messages) {
    say(`has ${text}`)
    if (text === own && state === 'sent') say(`sent ${text}`)
  }
  if (hasWritten) return
  hasWritten = true
  say('in')
  // Who was let in a moment ago may not have the chat yet: tried again at the next change.
  void room.chat.send(own).then(({ ok }) => {
    hasWritten = ok
  })
}
room.on('change', look)
room.on('members', look)
room.chat.on('messages', look)
look()
