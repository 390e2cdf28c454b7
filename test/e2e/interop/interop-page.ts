/** A page that is either a member of one of our rooms or a program that uses y-webrtc as it comes. */
import { Doc } from 'yjs'
import { WebrtcProvider } from 'y-webrtc'
import { Peer, yWebrtcDoor, type Room } from '../../../src/index.ts'

class InteropPage {
  /** The document of the stock client. */
  readonly doc = new Doc()
  /** Updates that came to it from others. */
  stockReceived = 0
  #stock: WebrtcProvider | undefined
  #room: Room | undefined

  get room(): Room {
    if (!this.#room) throw new Error('no room is open')
    return this.#room
  }
  get texts(): readonly string[] {
    return this.room.chat.messages.map(({ text }) => text)
  }
  /** What a stock client would have to know to meet the members of this room. */
  get meetingPoint(): { readonly topic: string; readonly password: string } {
    const { keys, id } = this.room.core
    return { topic: keys.topic(id), password: keys.doorPassword() }
  }

  /** Returns an invite link. */
  async startRoom(tracker: string, myName: string): Promise<string> {
    const peer = await Peer.open({ doors: [yWebrtcDoor({ trackers: [tracker] })] })
    const room = await peer.createRoom({ name: 'Interop', myName })
    if (!room.ok) throw new Error(room.reason)
    this.#room = room.value
    const invite = await this.room.createInvite({ role: 'writer' })
    if (!invite.ok || invite.value.link === undefined) throw new Error('there is no invite')
    return invite.value.link
  }

  async joinRoom(tracker: string, link: string, myName: string): Promise<void> {
    const peer = await Peer.open({ doors: [yWebrtcDoor({ trackers: [tracker] })] })
    const room = await peer.joinRoom({ link, myName })
    if (!room.ok) throw new Error(room.reason)
    this.#room = room.value
  }

  async send(text: string): Promise<void> {
    const sent = await this.room.chat.send(text)
    if (!sent.ok) throw new Error(sent.reason)
  }

  /** Starts a stock client, with nothing of ours but the address of a tracker. */
  startStock(tracker: string, topic: string, password: string): void {
    // Its default asks a public STUN server, which is no matter of ours.
    const peerOpts = { config: { iceServers: [] } }
    const provider = new WebrtcProvider(topic, this.doc, { signaling: [tracker], password, peerOpts })
    this.#stock = provider
    this.doc.on('update', (_update, origin) => {
      if (origin !== null) this.stockReceived++
    })
  }

  /** Whether the stock client has its room open and is at the tracker. */
  get isStockThere(): boolean {
    return this.#stock?.room !== null && (this.#stock?.signalingConns.every(({ connected }) => connected) ?? false)
  }
  get stockText(): string {
    return this.doc.getText('text').toJSON()
  }
  get isStockConnected(): boolean {
    const connections = [...(this.#stock?.room?.webrtcConns.values() ?? [])]
    return connections.some(({ peer }) => peer._pc?.connectionState === 'connected')
  }
  writeStock(text: string): void {
    const shared = this.doc.getText('text')
    shared.insert(shared.length, text)
  }
}

export type { InteropPage }
Object.assign(globalThis, { interopPage: new InteropPage() })
