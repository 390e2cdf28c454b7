import type { ReactiveControllerHost } from 'lit'
import type { HandIntroduction } from '../../src/index.ts'
import { FollowController } from '../follow/follow-controller.ts'

/** Ties a view to a link that two people make by showing each other codes. Without the view nobody waits for it. */
export class HandController extends FollowController<HandIntroduction> {
  readonly #host: ReactiveControllerHost
  #isGone = false

  constructor(host: ReactiveControllerHost) {
    super(host, (introduction, changed) => [introduction.on('change', changed)])
    this.#host = host
  }

  /** Shows what was begun, or ends it if the view went away meanwhile. */
  begin(introduction: HandIntroduction | undefined): void {
    if (this.#isGone) introduction?.cancel()
    else this.follow(introduction)
    this.#host.requestUpdate()
  }

  override hostConnected(): void {
    super.hostConnected()
    this.#isGone = false
  }

  override hostDisconnected(): void {
    super.hostDisconnected()
    this.#isGone = true
    // A link that is being made goes on.
    if (this.subject?.state !== 'connecting') this.subject?.cancel()
  }
}
