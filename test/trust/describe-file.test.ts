import assert from 'node:assert/strict'
import { describe, it, test } from 'node:test'
import fc from 'fast-check'
import { describeFile } from '../../src/trust/describe-file.ts'
import { classOfDeclaredType, classOfExtension, worseClass } from '../../src/trust/file-class.ts'
import { detectType } from '../../src/trust/file-magic.ts'
import { bytes, PNG } from './corpus/bytes.ts'
import type { FileCase } from './corpus/file-case.ts'
import { FILES_WITH_CONTENT } from './corpus/file-contents.ts'
import { NAMED_FILES } from './corpus/file-names.ts'

function look(file: FileCase): void {
  const { class: fileClass, shown, warnings = [] } = file
  const description = describeFile(file)
  const { base, extension } = description.shownName
  assert.deepEqual([base, extension], shown)
  assert.deepEqual(description.warnings.toSorted(), [...warnings].toSorted())
  assert.equal(description.class, fileClass)
}

describe('files, by name and bytes', () => {
  for (const file of NAMED_FILES) test(`[TS50][TS51] ${file.what} is ${file.class}`, () => look(file))
  for (const file of FILES_WITH_CONTENT) test(`[TS50][TS52] ${file.what} is ${file.class}`, () => look(file))

  it('[TS50] every extension that the design names as running code is C', () => {
    const named = 'exe msi bat ps1 js vbs hta lnk scr apk dmg deb sh py jar iso docm xlsm html svg chm'
    for (const extension of named.split(' ')) assert.equal(classOfExtension(extension), 'C', extension)
    for (const extension of ['pdf', 'docx', 'odt', 'zip', 'epub', '']) assert.equal(classOfExtension(extension), 'B')
    for (const extension of ['png', 'jpg', 'webp', 'mp4', 'ogg', 'txt']) assert.equal(classOfExtension(extension), 'A')
  })

  it('[TS50] the class is never better than that of the name, whatever is declared and inside', () => {
    const names = fc.constantFrom('a.exe', 'a.png', 'a.pdf', 'a.html', 'a', 'a.txt', 'a.docx')
    const types = fc.constantFrom('', 'image/png', 'text/html', 'application/pdf', 'nonsense', 'IMAGE/SVG+XML;x')
    const starts = fc.constantFrom(...FILES_WITH_CONTENT.flatMap((file) => file.bytes ?? []))
    fc.assert(
      fc.property(names, types, starts, fc.uint8Array({ maxLength: 64 }), (name, declaredType, start, rest) => {
        const nameClass = describeFile({ name }).class
        const all = describeFile({ name, declaredType, bytes: bytes(start, rest) })
        assert.equal(worseClass(all.class, nameClass), all.class)
        assert.equal(worseClass(all.class, classOfDeclaredType(declaredType)), all.class)
      }),
      { numRuns: 2_000 },
    )
  })

  it('[TS50] no name, type or bytes make it throw', () => {
    const name = fc.string({ unit: 'binary', maxLength: 60 })
    fc.assert(
      fc.property(name, fc.string(), fc.uint8Array({ maxLength: 300 }), (someName, declaredType, some) => {
        describeFile({ name: someName, declaredType, bytes: some })
        describeFile({ name: `${someName}.zip`, bytes: bytes([0x50, 0x4b, 3, 4], some, [0x50, 0x4b, 1, 2], some) })
      }),
      { numRuns: 2_000 },
    )
  })

  it('[TS51] a name of any length is shown short of it, with the end that decides', () => {
    const { class: fileClass, shownName } = describeFile({ name: `${'a'.repeat(100_000)}.exe` })
    assert.deepEqual([fileClass, shownName.extension], ['C', '.exe'])
    assert.ok(shownName.base.length < 1_001)
  })

  it('[TS52] a signature that is cut off is none', () => {
    for (let length = 0; length < 8; length++) assert.equal(detectType(PNG.subarray(0, length)), undefined)
    assert.equal(detectType(PNG.subarray(0, 8))?.type, 'png')
  })
})
