import type { ReactiveController, ReactiveControllerHost } from 'lit'
import type { Unsubscribe } from '../../src/index.ts'

/** Subscribes to what a view shows of the subject: `changed` has it rendered again. */
export type Subscribe<Subject> = (subject: Subject, changed: () => void) => readonly Unsubscribe[]

/**
 * Ties a view to one subject at a time: renders it again when the subject changes, and holds no subscription while the
 * view is out of the page.
 */
export class FollowController<Subject extends object> implements ReactiveController {
  readonly #host: ReactiveControllerHost
  readonly #subscribeTo: Subscribe<Subject>
  #subject: Subject | undefined
  #isConnected = false
  #unsubscribe: readonly Unsubscribe[] = []

  constructor(host: ReactiveControllerHost, subscribe: Subscribe<Subject>) {
    this.#host = host
    this.#subscribeTo = subscribe
    host.addController(this)
  }

  get subject(): Subject | undefined {
    return this.#subject
  }

  /** The subject to follow. Setting the one that is followed already does nothing. */
  follow(subject: Subject | undefined): void {
    if (subject === this.#subject) return
    this.#release()
    this.#subject = subject
    if (this.#isConnected) this.#subscribe()
  }

  hostConnected(): void {
    this.#isConnected = true
    this.#subscribe()
  }

  hostDisconnected(): void {
    this.#isConnected = false
    this.#release()
  }

  #subscribe(): void {
    if (!this.#subject || this.#unsubscribe.length > 0) return
    const changed = (): void => this.#host.requestUpdate()
    this.#unsubscribe = this.#subscribeTo(this.#subject, changed)
    // What has changed while nobody looked.
    changed()
  }

  #release(): void {
    for (const unsubscribe of this.#unsubscribe) unsubscribe()
    this.#unsubscribe = []
  }
}
