/** The user goes back to the list of the devices. */
export class BackEvent extends Event {
  constructor() {
    super('parley-back', { bubbles: true, composed: true })
  }
}

declare global {
  interface HTMLElementEventMap {
    'parley-back': BackEvent
  }
}
