import type { ReactiveControllerHost } from 'lit'
import type { HandIntroduction } from '../../src/index.ts'
import { FollowController } from '../follow/follow-controller.ts'

/** Ties a view to a link that two people make by showing each other codes. */
export class HandController extends FollowController<HandIntroduction> {
  constructor(host: ReactiveControllerHost) {
    super(host, (introduction, changed) => [introduction.on('change', changed)])
  }
}
