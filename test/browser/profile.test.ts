// A device's keys live in WebCrypto and in IndexedDB: both only a browser has together.
import { expect } from 'chai'
import { fromHex, toHex, utf8 } from '../../src/base/bytes.ts'
import { idToBytes } from '../../src/base/ids.ts'
import { openSealed, sealTo } from '../../src/crypto/hpke.ts'
import { keyPairFromBytes } from '../../src/crypto/key-agreement.ts'
import { verify } from '../../src/crypto/signature.ts'
import { Profile } from '../../src/peer/profile.ts'
import { openIndexedDbStore } from '../../src/storage/indexeddb-store.ts'

const DATABASE = 'parley-profile-test'
const MESSAGE = utf8('for this device alone')

async function openStore() {
  const store = await openIndexedDbStore(DATABASE)
  if (!store.ok) throw new Error(store.reason)
  return store.value
}

describe('a device in this browser', () => {
  after(() => {
    indexedDB.deleteDatabase(DATABASE)
  })

  it('opens after a reload what was sealed to it before, with keys that cannot be read', async () => {
    const before = await openStore()
    const first = await Profile.open(before, Date.now())
    const box = await sealTo(first.certificate.sealKey, MESSAGE, MESSAGE, MESSAGE)
    await before.close()
    const after = await openStore()
    const again = await Profile.open(after, Date.now())
    expect(again.author.device).to.equal(first.author.device)
    expect(again.author.sealKeyPair.privateKey).to.be.instanceOf(CryptoKey)
    expect(await openSealed(again.author.sealKeyPair, box, MESSAGE, MESSAGE)).to.deep.equal(MESSAGE)
    const signature = await again.author.signer.sign(MESSAGE)
    expect(await verify(signature, MESSAGE, idToBytes(first.author.device))).to.equal(true)
    await after.close()
  })

  it('seals the box of RFC 9180, appendix A.2.1', async () => {
    const ephemeral = keyPairFromBytes(fromHex('f4ec9b33b792c372c1d2c2063507b684ef925b8c75a42dbcbf57d63ccd381600'))
    const recipient = fromHex('4310ee97d88cc1f088a5576c77ab0cf5c3ac797f3d95139c6c84b5429c59662a')
    const info = fromHex('4f6465206f6e2061204772656369616e2055726e')
    const plaintext = fromHex('4265617574792069732074727574682c20747275746820626561757479')
    const box = await sealTo(recipient, info, plaintext, fromHex('436f756e742d30'), ephemeral)
    expect(toHex(box.sealed)).to.equal(
      '1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28',
    )
  })
})
