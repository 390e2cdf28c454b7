/** The user wants to invite people. */
export class ShareEvent extends Event {
  constructor() {
    super('parley-share', { bubbles: true, composed: true })
  }
}

declare global {
  interface HTMLElementEventMap {
    'parley-share': ShareEvent
  }
}
