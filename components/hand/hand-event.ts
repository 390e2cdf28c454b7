/** Somebody has got a code from a member and wants to be linked by it. */
export class HandAnswerEvent extends Event {
  constructor() {
    super('parley-hand-answer', { bubbles: true, composed: true })
  }
}

declare global {
  interface HTMLElementEventMap {
    'parley-hand-answer': HandAnswerEvent
  }
}
