import type { PersonId, Role } from '../../src/index.ts'

/** The user has chosen another role for a person. */
export class RoleChoiceEvent extends Event {
  readonly person: PersonId
  readonly role: Role
  constructor(person: PersonId, role: Role) {
    super('parley-role-choice', { bubbles: true, composed: true })
    this.person = person
    this.role = role
  }
}

/** The user wants to remove or ban a person, and has not been asked yet how. */
export class RemovalEvent extends Event {
  readonly person: PersonId
  readonly mode: 'remove' | 'ban'
  constructor(person: PersonId, mode: 'remove' | 'ban') {
    super('parley-removal', { bubbles: true, composed: true })
    this.person = person
    this.mode = mode
  }
}

/** The user wants to look through what a person wrote that is left out. */
export class HeldReviewEvent extends Event {
  readonly person: PersonId
  constructor(person: PersonId) {
    super('parley-held-review', { bubbles: true, composed: true })
    this.person = person
  }
}

declare global {
  interface HTMLElementEventMap {
    'parley-role-choice': RoleChoiceEvent
    'parley-removal': RemovalEvent
    'parley-held-review': HeldReviewEvent
  }
}
