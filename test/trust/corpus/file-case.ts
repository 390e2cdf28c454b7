import type { FileWarning } from '../../../src/trust/describe-file.ts'
import type { FileClass } from '../../../src/trust/file-class.ts'

/** A file that pretends, or an honest one, with what is shown of it. */
export interface FileCase {
  readonly what: string
  readonly name: string
  readonly declaredType?: string
  readonly bytes?: Uint8Array
  readonly sizeBytes?: number
  readonly class: FileClass
  readonly shown: readonly [base: string, extension: string]
  readonly warnings?: readonly FileWarning[]
}
